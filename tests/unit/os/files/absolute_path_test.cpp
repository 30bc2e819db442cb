#include "os/files/absolute_path.h"

#include "catch.h"
#include "support/temporary_folder.h"

using namespace hlaunch;
namespace fs = std::filesystem;

TEST_CASE("a path without .. is made absolute by its text alone", "[absolute path]") {
    CHECK(absolute_path("x//./y.h5", "/data") == "/data/x/y.h5");
    CHECK(absolute_path("/a/b", "/data") == "/a/b");
    CHECK(absolute_path("x") == fs::current_path() / "x");
}

TEST_CASE(".. behind a link is the parent of what it names", "[absolute path]") {
    const TemporaryFolder folder;
    const auto root = fs::canonical(folder.path());
    fs::create_directories(root / "a/b");
    fs::create_directory(root / "here");
    fs::create_directory_symlink("../a/b", root / "here/link");
    CHECK(absolute_path("link/../x.h5", root / "here") == root / "a/x.h5");
    CHECK(absolute_path("../x.h5", root / "here") == root / "x.h5");
    CHECK(absolute_path("gone/../x.h5", root / "here") == root / "here/x.h5");
}
