#include "job/request/jit_cache.h"

#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <nlohmann/json.hpp>
#include <numeric>

#include "base/error.h"
#include "base/text/printable.h"
#include "os/files/absolute_path.h"
#include "os/files/file.h"
#include "os/files/trust.h"
#include "os/process/user_folders.h"

namespace hlaunch {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view entry_suffix = ".jit", temporary_suffix = ".tmp";
constexpr std::string_view header_begin = "hlaunch-jit 1 ";
constexpr std::int64_t leftover_age_s = 3600;

bool is_whole(const std::string& text) {
    const auto end = text.find('\n');
    if (!text.starts_with(header_begin) || end == std::string::npos || end > 64) return false;
    const char* const stop = text.data() + end;
    std::uint32_t checksum = 0;
    std::uint64_t size = 0;
    const auto first = std::from_chars(text.data() + header_begin.size(), stop, checksum, 16);
    if (first.ec != std::errc{} || first.ptr == stop || *first.ptr != ' ') return false;
    const auto second = std::from_chars(first.ptr + 1, stop, size);
    if (second.ec != std::errc{} || second.ptr != stop || size != text.size() - end - 1) return false;
    return crc32_z(0, reinterpret_cast<const Bytef*>(stop + 1), size) == checksum;
}

std::optional<JitEntry> read_entry(const fs::path& path, bool check) {
    struct stat info {};
    if (::lstat(path.c_str(), &info) != 0 || !S_ISREG(info.st_mode)) return {};
    JitEntry out{path, static_cast<std::uint64_t>(info.st_size), info.st_mtime, true};
    if (check) {
        const auto text = try_read_text(path);
        if (!text) return {};  // removed meanwhile
        out.whole = is_whole(*text);
    }
    return out;
}

std::optional<JitKey> read_key(const fs::path& folder, bool check) {
    const auto text = try_read_text(folder / "key.json");
    const auto json = nlohmann::json::parse(text.value_or(""), nullptr, false);
    if (!json.is_object()) return {};
    const auto word = [&](const char* name) {
        const auto at = json.find(name);
        return at != json.end() && at->is_string() ? at->get<std::string>() : std::string{};
    };
    if (word("format") != "hlaunch-jit-key") return {};
    JitKey out{
        folder, word("jax"), word("jaxlib"), word("cpu"), word("cpu_features"), word("threads"), word("xla_flags"), 0,
        {},     {}};
    if (const auto cpus = json.find("cpus"); cpus != json.end() && cpus->is_number_integer())
        out.cpus = cpus->get<std::int64_t>();
    std::error_code ended;
    for (auto at = fs::directory_iterator(folder, ended); !ended && at != fs::directory_iterator();
         at.increment(ended)) {
        const auto extension = at->path().extension().native();
        if (extension != entry_suffix && extension != temporary_suffix) continue;
        if (auto entry = read_entry(at->path(), check && extension == entry_suffix))
            (extension == entry_suffix ? out.entries : out.leftovers).push_back(std::move(*entry));
    }
    return out;
}

// Gone already counts as removed by somebody else.
void remove_entry(const JitEntry& entry, JitRemoved& removed) {
    if (::unlink(entry.path.c_str()) == 0) {
        ++removed.entries;
        removed.bytes += entry.bytes;
    } else if (errno != ENOENT) {
        throw infrastructure_error("cannot remove {}: {}", entry.path.native(), std::strerror(errno));
    }
}

void remove_to_fit(std::vector<JitEntry>& kept, std::uint64_t max_bytes, JitRemoved& removed) {
    std::ranges::sort(kept, {}, &JitEntry::last_use_s);
    auto total = std::accumulate(kept.begin(), kept.end(), std::uint64_t{0},
                                 [](std::uint64_t sum, const JitEntry& entry) { return sum + entry.bytes; });
    for (const auto& entry : kept) {
        if (total <= max_bytes) break;
        remove_entry(entry, removed);
        total -= entry.bytes;
    }
}

// Whoever can write into it runs code in every process that reads it.
void require_safe(const std::string& path) {
    struct stat info {};
    if (::stat(path.c_str(), &info) != 0) throw infrastructure_error("--jit-cache {}: {}", path, std::strerror(errno));
    if ((info.st_uid != ::geteuid() && info.st_uid != 0) || (info.st_mode & (S_IWGRP | S_IWOTH)) != 0)
        throw usage_error(
            "--jit-cache {} can be written by others, who could run code in your name; chmod go-w, or "
            "give a folder of your own",
            path);
}

}  // namespace

std::string jit_cache_place(const std::string& wish, const Environment& environment) {
    if (wish == "off") return "off";
    if (wish == "private") return {};
    if (wish == "shared") {
        const auto [owner, folder] = user_folder(environment, "XDG_CACHE_HOME", ".cache");
        // HOME of another (sudo): nothing of ours is put there.
        const bool anothers = !folder.empty() && trust_of_folder(owner).writers == Writers::another;
        return folder.empty() || anothers ? std::string{} : folder + "/jit";
    }
    if (wish.empty()) throw usage_error("--jit-cache is empty; give shared, private, off or a folder");
    const auto path = absolute_path(wish);
    std::error_code ignored;
    if (fs::exists(path, ignored) && !fs::is_directory(path, ignored))
        throw usage_error("--jit-cache {} is a file; give shared, private, off or a folder", wish);
    if (const auto link = link_of_another(path); !link.empty())
        throw usage_error(
            "--jit-cache {}: the link {} on the way belongs to another user, who could lead it elsewhere and run code "
            "in your name; give the folder itself",
            wish, printable(link.native()));
    if (path.has_parent_path()) ensure_directory(canonical_path(path.parent_path()));
    if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST)
        throw infrastructure_error("--jit-cache {}: {}; give a folder you may make", wish, std::strerror(errno));
    require_safe(path);
    return path;
}

std::uint64_t JitKey::bytes() const {
    return std::accumulate(entries.begin(), entries.end(), std::uint64_t{0},
                           [](std::uint64_t sum, const JitEntry& entry) { return sum + entry.bytes; });
}

std::uint64_t JitKey::torn() const {
    return static_cast<std::uint64_t>(std::ranges::count(entries, false, &JitEntry::whole));
}

std::int64_t JitKey::last_use_s() const {
    std::int64_t last = 0;
    for (const auto& entry : entries) last = std::max(last, entry.last_use_s);
    return last;
}

std::vector<JitKey> read_jit_cache(const fs::path& root, bool check) {
    std::vector<JitKey> out;
    std::error_code failed;
    if (!fs::exists(root, failed)) return out;
    for (const auto& entry : fs::directory_iterator(root, failed))
        if (!entry.is_symlink(failed) && entry.is_directory(failed))
            if (auto key = read_key(entry.path(), check)) out.push_back(std::move(*key));
    if (failed) throw infrastructure_error("cannot read {}: {}", root.native(), failed.message());
    std::ranges::sort(out, {}, &JitKey::folder);
    return out;
}

JitRemoved clean_jit_cache(const fs::path& root, const JitCleaning& cleaning) {
    JitRemoved removed;
    std::vector<JitEntry> kept;
    for (const auto& key : read_jit_cache(root, cleaning.torn && !cleaning.all)) {
        const bool whole_key = cleaning.all || (cleaning.keep_jaxlib && key.jaxlib != *cleaning.keep_jaxlib);
        for (const auto& entry : key.entries) {
            if (whole_key || !entry.whole)
                remove_entry(entry, removed);
            else
                kept.push_back(entry);
        }
        for (const auto& leftover : key.leftovers)
            if (cleaning.now_s - leftover.last_use_s > leftover_age_s) remove_entry(leftover, removed);
    }
    if (cleaning.max_bytes) remove_to_fit(kept, *cleaning.max_bytes, removed);
    // A key without entries; an instance that writes into it just now finds it gone and goes without.
    for (const auto& key : read_jit_cache(root, false)) {
        if (!key.entries.empty() || !key.leftovers.empty()) continue;
        std::error_code ignored;
        fs::remove(key.folder / "key.json", ignored);
        fs::remove(key.folder, ignored);
    }
    return removed;
}

}  // namespace hlaunch
