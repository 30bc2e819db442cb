#include "merge/durable_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "base/error.h"

namespace hlaunch {
namespace {

class Descriptor {
  public:
    explicit Descriptor(int fd) : fd_(fd) {}
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    ~Descriptor() {
        if (fd_ >= 0) ::close(fd_);
    }
    [[nodiscard]] int get() const noexcept { return fd_; }
    int close() noexcept { return ::close(std::exchange(fd_, -1)); }

  private:
    int fd_;
};

}  // namespace

void write_durably(const std::filesystem::path& path, std::string_view bytes) {
    const std::filesystem::path folder = path.has_parent_path() ? path.parent_path() : ".";
    std::string temporary = (folder / ("." + path.filename().string() + ".XXXXXX")).string();
    const auto fail = [&](const char* doing) {
        const int number = errno;
        ::unlink(temporary.c_str());
        return infrastructure_error("{}: {}: {}; choose a writable --output with space left", path.string(), doing,
                                    std::strerror(number));
    };
    Descriptor file(::mkostemp(temporary.data(), O_CLOEXEC));
    if (file.get() < 0) throw fail("creating it");
    for (std::size_t done = 0; done < bytes.size();) {
        const ssize_t wrote = ::write(file.get(), bytes.data() + done, bytes.size() - done);
        if (wrote < 0 && errno == EINTR) continue;
        if (wrote < 0) throw fail("writing it");
        done += static_cast<std::size_t>(wrote);
    }
    // mkostemp makes it private; a result is for the group, as the umask allows.
    const mode_t mask = ::umask(0);
    ::umask(mask);
    if (::fchmod(file.get(), 0666 & ~mask) != 0) throw fail("setting its mode");
    if (::fsync(file.get()) != 0) throw fail("writing it to disk");
    if (file.close() != 0) throw fail("closing it");
    if (::rename(temporary.c_str(), path.c_str()) != 0) throw fail("renaming it");
    const Descriptor parent(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (parent.get() >= 0) ::fsync(parent.get());  // some file systems refuse it: the file itself is safe
}

}  // namespace hlaunch
