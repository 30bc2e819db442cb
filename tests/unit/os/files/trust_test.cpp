#include "os/files/trust.h"

#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "base/error.h"
#include "catch.h"
#include "support/temporary_folder.h"

using namespace hlaunch;

TEST_CASE("a file is the caller's word where nobody but its owner and root could have written it") {
    const uid_t me = 1000, other = 1001;
    CHECK(who_writes({me, 1, 0644}, me) == Writers::own);
    CHECK(who_writes({0, 0, 0755}, me) == Writers::own);
    CHECK(who_writes({other, 1, 0600}, me) == Writers::another);
    CHECK(who_writes({other, 1, 0644}, 0) == Writers::another);  // root believes root alone
    CHECK(who_writes({me, 1, 0646}, me) == Writers::others);
    CHECK(who_writes({me, 1, 01777}, me) == Writers::others);  // the sticky bit lets others make files
    CHECK(who_writes({me, 1, 0664}, me) == Writers::others);
    CHECK(who_writes({me, 1, 02775}, me) == Writers::others);
    CHECK(who_writes({me, me, 0664, false, true}, me) == Writers::own);    // umask 002, a group of one's own
    CHECK(who_writes({me, me, 0664, true, true}, me) == Writers::others);  // those bits are an access list's
    CHECK(who_writes({me, me, 0666, false, true}, me) == Writers::others);
}

TEST_CASE("only a file of one's own is read, not a link, a FIFO, or one that others may write") {
    const TemporaryFolder folder;
    const auto path = folder / "f";
    CHECK_FALSE(read_own_file(path, 100));
    std::ofstream(path) << "words";
    ::chmod(path.c_str(), 0644);
    CHECK(read_own_file(path, 100) == "words");
    CHECK_THROWS_AS(read_own_file(path, 4), Error);
    ::chmod(path.c_str(), 0666);
    CHECK_THROWS_WITH(read_own_file(path, 100), contains_text("may be written by others (mode 666)"));
    ::chmod(path.c_str(), 0600);
    std::filesystem::create_symlink(path, folder / "link");
    CHECK_THROWS_WITH(read_own_file(folder / "link", 100), contains_text("is a link, and is not followed"));
    REQUIRE(::mkfifo((folder / "fifo").c_str(), 0600) == 0);
    CHECK_THROWS_AS(read_own_file(folder / "fifo", 100), Error);
    CHECK(trust_of_folder(folder.path()).trusted());
    CHECK(trust_of_folder(folder / "none").trusted());
    CHECK(trust_of_file(path).trusted());
    ::chmod(folder.path().c_str(), 0777);
    CHECK(trust_of_file(path).why == "is in a folder that may be written by others (mode 777)");
    if (::geteuid() != 0) return;
    ::chmod(folder.path().c_str(), 0700);
    REQUIRE(::chown(path.c_str(), 65534, 65534) == 0);
    CHECK_THROWS_WITH(read_own_file(path, 100), contains_text("belongs to user 65534"));
    CHECK(link_of_another(folder / "link").empty());
    REQUIRE(::lchown((folder / "link").c_str(), 65534, 65534) == 0);
    CHECK(link_of_another(folder / "link/x") == folder / "link");
    std::filesystem::create_symlink("link", folder / "mine");
    CHECK(link_of_another(folder / "mine/x") == folder / "link");
}
