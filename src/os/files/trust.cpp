#include "os/files/trust.h"

#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>

#include "base/error.h"
#include "base/text/printable.h"
#include "os/files/file.h"
#include "os/files/untrusted_file.h"
#include "os/io/unique_fd.h"

namespace hlaunch {
namespace {

namespace fs = std::filesystem;

constexpr const char* access_list = "system.posix_acl_access";

// Who else has it as primary group cannot be asked of a directory service: the name is the sign, as adduser makes it.
bool is_private_group(gid_t group, uid_t owner) {
    std::array<char, 16384> user_text{};
    std::array<char, 65536> group_text{};
    passwd user_entry{};
    passwd* user = nullptr;
    ::group group_entry{};
    ::group* found = nullptr;
    if (::getpwuid_r(owner, &user_entry, user_text.data(), user_text.size(), &user) != 0 || user == nullptr ||
        user->pw_gid != group)
        return false;
    if (::getgrgid_r(group, &group_entry, group_text.data(), group_text.size(), &found) != 0 || found == nullptr ||
        std::string_view(found->gr_name) != user->pw_name)
        return false;
    for (char** member = found->gr_mem; *member != nullptr; ++member)
        if (std::string_view(*member) != user->pw_name) return false;
    return true;
}

Trust trust_of(const struct stat& status, bool has_list) {
    Ownership ownership{status.st_uid, status.st_gid, status.st_mode, has_list};
    // Directory services are slow: asked only where the answer decides.
    if ((status.st_mode & S_IWGRP) != 0 && (status.st_mode & S_IWOTH) == 0 && !has_list)
        ownership.private_group = is_private_group(status.st_gid, status.st_uid);
    Trust out{who_writes(ownership, ::geteuid()), {}};
    if (out.writers == Writers::another)
        out.why = fmt::format("belongs to user {}", status.st_uid);
    else if (out.writers == Writers::others)
        out.why = fmt::format("may be written by {} (mode {:o})",
                              (status.st_mode & S_IWOTH) != 0 ? "others"
                              : has_list                      ? "those of its access list"
                                                              : fmt::format("the group {}", status.st_gid),
                              status.st_mode & 07777U);
    return out;
}

Trust unknown_owner(int error) {
    return {Writers::another, fmt::format("cannot be looked at ({})", std::strerror(error))};
}

}  // namespace

Writers who_writes(const Ownership& ownership, uid_t caller) {
    if (ownership.owner != caller && ownership.owner != 0) return Writers::another;
    if ((ownership.mode & S_IWOTH) != 0) return Writers::others;
    if ((ownership.mode & S_IWGRP) != 0 && (ownership.access_list || !ownership.private_group)) return Writers::others;
    return Writers::own;
}

Trust trust_of(int fd) {
    struct stat status {};
    if (::fstat(fd, &status) != 0) return unknown_owner(errno);
    return trust_of(status, (status.st_mode & S_IWGRP) != 0 && ::fgetxattr(fd, access_list, nullptr, 0) > 0);
}

Trust trust_of_folder(const fs::path& folder) {
    struct stat status {};  // by its name: a folder that may be passed through need not be readable
    if (::stat(folder.c_str(), &status) != 0)
        return errno == ENOENT || errno == ENOTDIR ? Trust{} : unknown_owner(errno);
    return trust_of(status, (status.st_mode & S_IWGRP) != 0 && ::getxattr(folder.c_str(), access_list, nullptr, 0) > 0);
}

Trust trust_of_file(const fs::path& file) {
    struct stat name {};
    if (::lstat(file.c_str(), &name) == 0 && S_ISLNK(name.st_mode)) {
        name.st_mode = S_IFLNK;  // whose link it is counts; a link's mode says nothing
        if (auto out = trust_of(name, false); !out.trusted()) return out;
    }
    const UniqueFd fd(::open(file.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
    if (!fd) return unknown_owner(errno);
    if (auto out = trust_of(fd.get()); !out.trusted()) return out;
    auto out = trust_of_folder(folder_of(file));
    if (!out.trusted()) out.why = "is in a folder that " + out.why;
    return out;
}

fs::path link_of_another(const fs::path& path) {
    constexpr int most_links = 40;  // as the kernel
    std::error_code failed;
    fs::path rest = fs::absolute(path, failed), done;
    for (int links = 0; links <= most_links;) {
        if (rest.empty()) return {};
        auto at = rest.begin();
        done /= *at;
        fs::path behind;
        for (++at; at != rest.end(); ++at) behind /= *at;
        rest = behind;
        struct stat status {};
        if (::lstat(done.c_str(), &status) != 0) return {};  // nothing there yet
        if (!S_ISLNK(status.st_mode)) continue;
        if (status.st_uid != ::geteuid() && status.st_uid != 0) return done;
        ++links;
        const auto target = fs::read_symlink(done, failed);
        if (failed) return {};
        rest = target.is_absolute() ? target / rest : done.parent_path() / target / rest;
        done.clear();
    }
    return {};
}

std::optional<std::string> read_own_file(const fs::path& path, std::uint64_t most_bytes) {
    const auto name = printable(path.native());
    const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
    if (!fd && (errno == ENOENT || errno == ENOTDIR)) return std::nullopt;
    if (!fd && errno == ELOOP)
        throw infrastructure_error("{} is a link, and is not followed; put the file itself there", name);
    if (!fd) throw infrastructure_error("cannot read {}: {}", name, std::strerror(errno));
    if (const auto trust = trust_of(fd.get()); trust.writers == Writers::another)
        throw infrastructure_error("{} {}: it is not believed; ask that user, or remove it", name, trust.why);
    else if (!trust.trusted())
        throw infrastructure_error("{} {}: it is not believed; look at it, then chmod go-w", name, trust.why);
    return read_regular_file(fd.get(), name, most_bytes);
}

}  // namespace hlaunch
