#include "script/template_store.h"

#include <fmt/format.h>

#include <filesystem>
#include <map>

#include "base/error.h"
#include "base/text/printable.h"
#include "os/files/file.h"

namespace hlaunch {
namespace {

namespace fs = std::filesystem;

constexpr const char* ending = ".mustache";
constexpr std::uintmax_t largest_bytes = 1U << 20U;

}  // namespace

std::string template_name(const std::string& kind) {
    return kind + ".sh" + ending;
}

std::optional<TemplateFile> TemplateStore::find(const std::string& name) const {
    // A partial's name is the template's own word: it names no path.
    if (name.empty() || name.find('/') != std::string::npos || name.starts_with(".")) return std::nullopt;
    for (const auto& folder : folders_) {
        const auto path = fs::path(folder) / name;
        std::error_code none;
        if (fs::is_regular_file(path, none)) return TemplateFile{name, path.string()};
    }
    return std::nullopt;
}

std::vector<TemplateFile> TemplateStore::list() const {
    std::map<std::string, TemplateFile> out;
    for (const auto& folder : folders_) {
        std::error_code failed;
        for (fs::directory_iterator at(folder, failed), end; !failed && at != end; at.increment(failed)) {
            const auto name = at->path().filename().string();
            std::error_code none;
            if (name.ends_with(ending) && at->is_regular_file(none))
                out.try_emplace(name, TemplateFile{name, at->path().string()});
        }
    }
    std::vector<TemplateFile> files;
    for (auto& [name, file] : out) files.push_back(std::move(file));
    return files;
}

std::string TemplateStore::read(const std::string& name) const {
    const auto file = find(name);
    if (!file)
        throw usage_error("there is no template '{}' in {}", printable(name),
                          printable(fmt::format("{}", fmt::join(folders_, ", "))));
    if (fs::file_size(file->path) > largest_bytes)
        throw usage_error("{} is larger than any template (1 MiB)", file->path);
    return read_text(file->path);
}

}  // namespace hlaunch
