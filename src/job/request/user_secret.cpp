#include "job/request/user_secret.h"

#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "base/error.h"
#include "base/text/printable.h"
#include "os/files/file.h"
#include "os/files/trust.h"
#include "os/io/no_links.h"
#include "os/process/user_folders.h"

namespace hlaunch {
namespace {

// Of several that make it at once, one file stands.
void make_secret(const std::filesystem::path& path) {
    HashKey key{};
    if (::getentropy(key.data(), sizeof key) != 0)
        throw infrastructure_error("getting random bytes failed: {}", std::strerror(errno));
    Replacement fresh(path);
    const bool written = fresh.ok() && ::fchmod(fresh.descriptor(), S_IRUSR | S_IWUSR) == 0 &&
                         ::write(fresh.descriptor(), key.data(), sizeof key) == ssize_t{sizeof key} &&
                         ::fsync(fresh.descriptor()) == 0;
    if (!written || (!fresh.link_name() && errno != EEXIST))
        throw infrastructure_error(
            "--key-env: cannot write {}: {}; its values are hashed with a secret there: set XDG_STATE_HOME to a folder "
            "of your own",
            printable(path.native()), std::strerror(errno));
}

}  // namespace

HashKey user_secret(const Environment& environment) {
    const auto folder = user_folder(environment, "XDG_STATE_HOME", ".local/state").path;
    if (folder.empty())
        throw infrastructure_error(
            "--key-env: neither XDG_STATE_HOME nor HOME is an absolute path; its values are hashed with a secret "
            "there");
    const auto path = canonical_path(folder) / "secret";
    ensure_directory(path.parent_path());
    if (const auto trust = trust_of_folder(path.parent_path()); !trust.trusted())
        throw infrastructure_error("--key-env: {} {}; set XDG_STATE_HOME to a folder of your own, for a secret",
                                   printable(path.parent_path().native()), trust.why);
    auto text = read_own_file(path, sizeof(HashKey));
    if (!text) {
        make_secret(path);
        text = read_own_file(path, sizeof(HashKey));
    }
    struct stat status {};
    HashKey key{};
    if (!text || text->size() != sizeof key || ::stat(path.c_str(), &status) != 0 || (status.st_mode & 077U) != 0)
        throw infrastructure_error("--key-env: {} is no secret of yours alone (32 bytes, mode 600); remove it",
                                   printable(path.native()));
    std::memcpy(key.data(), text->data(), sizeof key);
    return key;
}

}  // namespace hlaunch
