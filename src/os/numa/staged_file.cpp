#include "os/numa/staged_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <exception>
#include <thread>
#include <vector>

#include "base/error.h"
#include "os/files/file.h"

namespace hlaunch {
namespace {

constexpr std::size_t block_bytes = 1U << 20U;
constexpr std::size_t most_pages_asked = 4096;

Error cannot(const std::filesystem::path& source, const char* doing, int error) {
    return infrastructure_error("staging {} failed while {}: {}; free memory, or leave --stage out", source.native(),
                                doing, std::strerror(error));
}

UniqueFd open_source(const std::filesystem::path& source) {
    // Without O_NONBLOCK a FIFO would be waited for.
    return UniqueFd(::open(source.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
}

void write_all(int fd, const char* bytes, std::size_t count, const std::filesystem::path& source) {
    while (count > 0) {
        const auto put = ::write(fd, bytes, count);
        if (put < 0 && errno == EINTR) continue;
        if (put < 0) throw cannot(source, "writing the copy", errno);
        bytes += put;
        count -= static_cast<std::size_t>(put);
    }
}

class Mapping {
  public:
    Mapping(int fd, std::size_t bytes) : bytes_(bytes), at_(::mmap(nullptr, bytes, PROT_READ, MAP_SHARED, fd, 0)) {}
    ~Mapping() {
        if (*this) ::munmap(at_, bytes_);
    }
    Mapping(const Mapping&) = delete;
    Mapping& operator=(const Mapping&) = delete;
    explicit operator bool() const { return at_ != MAP_FAILED; }
    [[nodiscard]] char* data() const { return static_cast<char*>(at_); }

  private:
    std::size_t bytes_;
    void* at_;
};

}  // namespace

std::uint64_t check_stageable(const std::filesystem::path& source) {
    const auto fd = open_source(source);
    struct stat info {};
    if (!fd || ::fstat(fd.get(), &info) != 0)
        throw usage_error("--stage {}: {}; name a file that can be read", source.native(), std::strerror(errno));
    if (!S_ISREG(info.st_mode))
        throw usage_error("--stage {} is no regular file, only such can be copied", source.native());
    return static_cast<std::uint64_t>(info.st_size);
}

StagedFile::StagedFile(const std::filesystem::path& source, const Binding& where)
    : fd_(::memfd_create("hlaunch-stage", MFD_CLOEXEC | MFD_ALLOW_SEALING)) {
    if (!fd_) throw cannot(source, "making a file in memory", errno);
    PreparedBinding binding(where);
    std::exception_ptr failed;
    // Mask and policy belong to a thread: ours keeps what it has.
    std::jthread([&] {
        try {
            if (const auto outcome = binding.apply(); !outcome.ok()) throw binding.explain(outcome);
            copy(source);
        } catch (...) {
            failed = std::current_exception();
        }
    }).join();
    if (failed) std::rethrow_exception(failed);
    constexpr int seals = F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL;
    if (::fcntl(fd_.get(), F_ADD_SEALS, seals) != 0) throw cannot(source, "sealing the copy", errno);
}

void StagedFile::copy(const std::filesystem::path& source) {
    const auto in = open_source(source);
    struct stat before {
    }, after{};
    if (!in || ::fstat(in.get(), &before) != 0) throw cannot(source, "opening it", errno);
    std::vector<char> block(block_bytes);
    for (;;) {
        const auto got = ::read(in.get(), block.data(), block.size());
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) throw cannot(source, "reading it", errno);
        if (got == 0) break;
        write_all(fd_.get(), block.data(), static_cast<std::size_t>(got), source);
        bytes_ += static_cast<std::uint64_t>(got);
    }
    if (::fstat(in.get(), &after) != 0) throw cannot(source, "looking at it", errno);
    if (bytes_ != static_cast<std::uint64_t>(before.st_size) || before.st_size != after.st_size ||
        before.st_mtim.tv_sec != after.st_mtim.tv_sec || before.st_mtim.tv_nsec != after.st_mtim.tv_nsec)
        throw infrastructure_error("{} changed while it was staged; start again when it is complete", source.native());
}

std::string StagedFile::path() const {
    return fmt::format("/proc/{}/fd/{}", ::getpid(), fd_.get());
}

std::optional<double> StagedFile::share_on(const IdSet& mems) const {
    const auto page_bytes = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
    const auto pages = (bytes_ + page_bytes - 1) / page_bytes;
    if (pages == 0 || mems.empty()) return 1.0;
    const Mapping mapping(fd_.get(), bytes_);
    if (!mapping) return std::nullopt;
    std::vector<void*> asked;
    const auto step = std::max<std::size_t>(1, pages / most_pages_asked);
    volatile char touched = 0;
    for (std::size_t page = 0; page < pages; page += step) {
        asked.push_back(mapping.data() + page * page_bytes);
        touched = *(mapping.data() + page * page_bytes);  // only a mapped page has a node
    }
    static_cast<void>(touched);
    std::vector<int> nodes(asked.size(), -1);
    // Without target nodes it only tells where each page is.
    if (::syscall(SYS_move_pages, 0, asked.size(), asked.data(), nullptr, nodes.data(), 0) != 0) return std::nullopt;
    const auto local = std::count_if(nodes.begin(), nodes.end(),
                                     [&](int node) { return node >= 0 && mems.contains(static_cast<unsigned>(node)); });
    return static_cast<double>(local) / static_cast<double>(nodes.size());
}

}  // namespace hlaunch
