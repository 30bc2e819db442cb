#include "os/numa/staged_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <string>

#include "base/error.h"
#include "catch.h"
#include "os/files/file.h"
#include "os/numa/bit_mask.h"

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

TEST_CASE("a staged file holds the same bytes, cannot be written, and is gone with its object") {
    std::string bytes(3'000'001, 'x');
    for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(i * 2654435761U >> 13U);
    const TemporaryFile source(bytes);
    CHECK(check_stageable(source.path()) == bytes.size());
    std::string path;
    {
        const StagedFile staged(source.path(), {.cpus = {}, .mems = allowed_mems(), .policy = MemPolicy::bind});
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
    const StagedFile staged(empty.path(), Binding{});
    CHECK(staged.bytes() == 0);
    CHECK(staged.share_on({0}) == 1.0);
    for (const char* bad : {"/no/such/file", "/", "/dev/zero"}) CHECK_THROWS_AS(check_stageable(bad), Error);
}
