#include "os/staged_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <string>

#include "base/error.h"
#include "catch.h"
#include "os/bit_mask.h"
#include "os/file.h"

using namespace hlaunch;

namespace {

class TemporaryFile {
  public:
    explicit TemporaryFile(const std::string& bytes)
        : path_(std::filesystem::temp_directory_path() / ("hlaunch-staged-" + std::to_string(::getpid()))) {
        std::ofstream(path_, std::ios::binary) << bytes;
    }
    ~TemporaryFile() { std::filesystem::remove(path_); }
    TemporaryFile(const TemporaryFile&) = delete;
    TemporaryFile& operator=(const TemporaryFile&) = delete;
    [[nodiscard]] const std::filesystem::path& path() const { return path_; }

  private:
    std::filesystem::path path_;
};

}  // namespace

TEST_CASE("what a node has left: free memory and file cache") {
    const std::string node =
        "Node 1 MemTotal:       1000 kB\nNode 1 MemFree:         300 kB\nNode 1 Active:          999 kB\n"
        "Node 1 Active(anon):    500 kB\nNode 1 Inactive(anon):  400 kB\nNode 1 Active(file):     20 kB\n"
        "Node 1 Inactive(file):   7 kB\n";
    CHECK(available_bytes(node) == 1024 * 327);
    CHECK(available_bytes("MemTotal: 9 kB\nMemFree: 5 kB\nInactive(file): 2 kB\nActive(file): 1 kB\n") == 1024 * 8);
    CHECK(available_bytes("") == 0);
    CHECK(available_bytes("MemFree:") == 0);
    CHECK(available_bytes("MemFree: many kB") == 0);
}

TEST_CASE("a staged file holds the same bytes, cannot be written, and is gone with its object") {
    std::string bytes(3'000'001, 'x');
    for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(i * 2654435761U >> 13U);
    const TemporaryFile source(bytes);
    CHECK(check_stageable(source.path()) == bytes.size());
    std::string path;
    {
        const StagedFile staged(source.path(), allowed_mems());
        path = staged.path();
        CHECK(staged.bytes() == bytes.size());
        CHECK(read_text(path) == bytes);
        CHECK(staged.share_on(allowed_mems()) == 1.0);
        const UniqueFd writer(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
        CHECK(::write(writer.get(), "x", 1) < 0);
        CHECK(errno == EPERM);
    }
    CHECK_FALSE(std::filesystem::exists(path));
}

TEST_CASE("an empty file can be staged; no file, a folder and a device cannot") {
    const TemporaryFile empty("");
    const StagedFile staged(empty.path(), {});
    CHECK(staged.bytes() == 0);
    CHECK(staged.share_on({0}) == 1.0);
    for (const char* bad : {"/no/such/file", "/", "/dev/zero"}) CHECK_THROWS_AS(check_stageable(bad), Error);
}
