#include "os/io/no_links.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <fstream>

#include "catch.h"
#include "os/files/file.h"
#include "os/files/private_lock.h"
#include "support/temporary_folder.h"

using namespace hlaunch;
namespace fs = std::filesystem;

namespace {

// root/precious/{chapter}, and below root/run a link to it.
struct Trap {
    TemporaryFolder folder;
    fs::path precious = folder / "precious", run = folder / "run";
    Trap() {
        fs::create_directories(precious);
        fs::create_directories(run / "real");
        std::ofstream(precious / "chapter") << "words";
        fs::create_directory_symlink(precious, run / "link");
        fs::create_symlink(precious / "chapter", run / "file");
    }
    [[nodiscard]] bool stands() const { return read_text(precious / "chapter") == "words"; }
};

// By one system call, and by the walk where that is missing: the same.
int open_error(const fs::path& path, int flags) {
    const UniqueFd walked(walk_no_links(path.c_str(), flags | O_CLOEXEC, 0666));
    const int error = walked ? 0 : errno;
    const UniqueFd fd(open_no_links(path.c_str(), flags | O_CLOEXEC, 0666));
    CHECK((fd ? 0 : errno) == error);
    return error;
}

}  // namespace

TEST_CASE("nothing is opened through a link, wherever it stands") {
    const Trap trap;
    CHECK(open_error(trap.run / "file", O_RDONLY) == ELOOP);
    CHECK(open_error(trap.run / "link/chapter", O_RDONLY) == ELOOP);
    CHECK(open_error(trap.run / "link/new", O_WRONLY | O_CREAT) == ELOOP);
    CHECK(open_error(trap.run / "real/new", O_WRONLY | O_CREAT) == 0);
    CHECK(open_error(trap.run / "real/../real/new", O_RDONLY) == 0);
    CHECK(open_error(trap.run / "real/none", O_RDONLY) == ENOENT);
    CHECK(open_error(trap.run / "real/new/x", O_RDONLY) == ENOTDIR);
    CHECK(open_error(trap.run / "real//./", O_RDONLY | O_DIRECTORY) == 0);
    CHECK(open_error("/", O_RDONLY | O_DIRECTORY) == 0);
    CHECK(open_error(".", O_RDONLY | O_DIRECTORY) == 0);
    CHECK(open_error(trap.run / std::string(300, 'x'), O_RDONLY) == ENAMETOOLONG);
    CHECK_FALSE(read_no_links(trap.run / "file"));
    CHECK(names_in(trap.run / "link").empty());
    CHECK(names_in(trap.precious) == std::vector<std::string>{"chapter"});
}

TEST_CASE("folders are made through no link") {
    const Trap trap;
    CHECK(make_folders(trap.run / "a/b/c") == 0);
    CHECK(make_folders(trap.run / "a/b/c/") == 0);
    CHECK(make_folders(trap.run / "link") == ELOOP);
    CHECK(make_folders(trap.run / "link/new") == ELOOP);
    CHECK(make_folders(trap.precious / "chapter") == ENOTDIR);
    CHECK_FALSE(fs::exists(trap.precious / "new"));
}

TEST_CASE("a tree is removed, links in it and the one at its top as names") {
    const Trap trap;
    fs::create_directories(trap.run / "tree/deep/deeper");
    fs::create_directory_symlink(trap.precious, trap.run / "tree/deep/link");
    CHECK(remove_tree(trap.run / "tree") == 0);
    CHECK_FALSE(fs::exists(trap.run / "tree"));
    CHECK(remove_tree(trap.run / "link/chapter") == ELOOP);
    CHECK(remove_tree(trap.run / "link") == 0);
    CHECK(remove_tree(trap.run / "file") == 0);
    CHECK(remove_tree(trap.run / "none/none") == 0);
    CHECK(names_in(trap.run) == std::vector<std::string>{"real"});
    CHECK(trap.stands());
}

TEST_CASE("status is replaced, not written through a link, and waits for no FIFO") {
    const Trap trap;
    CHECK(replace_quietly(trap.run / "file", "new"));
    CHECK(read_text(trap.run / "file") == "new");
    CHECK_FALSE(replace_quietly(trap.run / "link/status.json", "new"));
    REQUIRE(::mkfifo((trap.run / "fifo").c_str(), 0666) == 0);
    CHECK(replace_quietly(trap.run / "fifo", "new"));
    CHECK(read_text(trap.run / "fifo") == "new");
    CHECK(trap.stands());
}

TEST_CASE("what is locked only its owner can open, and the group that owns the folder") {
    const TemporaryFolder folder;
    PrivateLock first(folder / "l"), second(folder / "l");
    CHECK(first.try_lock() == AppendFile::Lock::ours);
    CHECK(second.try_lock() == AppendFile::Lock::theirs);
    struct stat info {};
    REQUIRE(::stat((folder / "l").c_str(), &info) == 0);
    CHECK((info.st_mode & 07777U) == 0600U);
    ::chmod((folder / "l").c_str(), 0644);  // of a former version
    const PrivateLock again(folder / "l");
    REQUIRE(::stat((folder / "l").c_str(), &info) == 0);
    CHECK((info.st_mode & 07777U) == 0600U);
    first.remove();
    CHECK(second.try_lock() == AppendFile::Lock::ours);  // on a new file: the one that was removed holds nobody off
    PrivateLock none(folder / "missing/l");
    CHECK(none.try_lock() == AppendFile::Lock::none);
}
