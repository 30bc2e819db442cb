#include "os/files/recycled_file.h"

#include <sys/stat.h>

#include "catch.h"
#include "os/files/file.h"
#include "os/files/tail_file.h"
#include "support/temporary_folder.h"

using namespace hlaunch;
namespace fs = std::filesystem;

namespace {

ino_t inode(const fs::path& path) {
    struct stat found {};
    REQUIRE(stat(path.c_str(), &found) == 0);
    return found.st_ino;
}

}  // namespace

TEST_CASE("an empty file gets the next name, one with text stays") {
    const TemporaryFolder folder;
    const auto a = folder.path() / "a", b = folder.path() / "b", c = folder.path() / "c";
    RecycledFile spare;
    spare.give(a);  // no spare yet
    CHECK_FALSE(fs::exists(a));
    AppendFile{a};
    const auto number = inode(a);
    spare.keep(a);
    spare.give(b);
    CHECK_FALSE(fs::exists(a));
    CHECK(inode(b) == number);
    AppendFile(b).append("text");
    spare.keep(b);
    spare.give(c);
    CHECK(read_text(b) == "text");
    CHECK_FALSE(fs::exists(c));
}

TEST_CASE("what is there is not covered, and a spare that nobody needs is removed") {
    const TemporaryFolder folder;
    const auto a = folder.path() / "a", b = folder.path() / "b";
    {
        RecycledFile spare;
        AppendFile{a};
        AppendFile(b).append("of an earlier try");
        spare.keep(a);
        spare.give(b);
        CHECK(read_text(b) == "of an earlier try");
        CHECK(fs::exists(a));
        spare.keep(folder.path());           // no file
        spare.keep(folder.path() / "none");  // nothing
    }
    CHECK_FALSE(fs::exists(a));
    CHECK(fs::exists(b));
}

TEST_CASE("who follows an empty log does not read on in the next one's") {
    const TemporaryFolder folder;
    const auto a = folder.path() / "a", b = folder.path() / "b";
    AppendFile{a};
    TailFile followed(a);
    CHECK(followed.read_more().empty());
    RecycledFile spare;
    spare.keep(a);
    spare.give(b);
    AppendFile(b).append("of b\n");
    CHECK(followed.read_more().empty());
    CHECK(followed.read_more().empty());
    CHECK(TailFile(b).read_more() == "of b\n");
}
