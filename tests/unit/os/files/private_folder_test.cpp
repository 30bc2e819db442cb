#include "os/files/private_folder.h"

#include <sys/stat.h>

#include <fstream>

#include "base/error.h"
#include "catch.h"
#include "support/temporary_folder.h"

using namespace hlaunch;
namespace fs = std::filesystem;

TEST_CASE("a private folder begins empty and leaves nothing, and nothing is removed through a link") {
    const TemporaryFolder folder;
    const auto path = folder / "private";
    fs::create_directories(path / "left");
    std::ofstream(path / "left" / "file") << "x";
    make_private_folder(path);
    CHECK(fs::is_empty(path));
    struct stat status {};
    REQUIRE(::stat(path.c_str(), &status) == 0);
    CHECK((status.st_mode & 07777U) == 0700U);

    fs::create_directories(folder / "theirs");
    std::ofstream(folder / "theirs" / "file") << "x";
    fs::create_directory_symlink(folder / "theirs", path / "link");
    fs::create_directories(path / "a" / "b");
    remove_private_folder(path);
    CHECK_FALSE(fs::exists(path));
    CHECK(fs::exists(folder / "theirs" / "file"));
    remove_private_folder(path);
    remove_private_folder("");
    CHECK_THROWS_AS(make_private_folder(folder / "absent" / "private"), Error);
}
