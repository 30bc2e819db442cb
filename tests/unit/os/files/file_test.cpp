#include "os/files/file.h"

#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <fstream>

#include "base/error.h"
#include "catch.h"
#include "support/temporary_folder.h"

using namespace hlaunch;

namespace {

std::size_t entries(const std::filesystem::path& folder) {
    return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(folder), {}));
}

}  // namespace

TEST_CASE("an atomic write leaves the new content, no temporary file, and the mode that was there") {
    const TemporaryFolder folder;
    const std::string bytes("a\0b\n", 4);
    write_atomically(folder / "f", bytes);
    CHECK(read_text(folder / "f") == bytes);
    ::chmod((folder / "f").c_str(), 0640);
    write_atomically(folder / "f", "");
    CHECK(read_text(folder / "f").empty());
    struct stat info {};
    ::stat((folder / "f").c_str(), &info);
    CHECK((info.st_mode & 07777U) == 0640U);
    CHECK(entries(folder.path()) == 1);
}

TEST_CASE("a write that fails keeps the old content and names path and reason") {
    const TemporaryFolder folder;
    write_atomically(folder / "f", "old");
    struct rlimit old {};
    ::getrlimit(RLIMIT_FSIZE, &old);
    const struct rlimit tiny { 10, old.rlim_max };
    const auto handler = std::signal(SIGXFSZ, SIG_IGN);
    ::setrlimit(RLIMIT_FSIZE, &tiny);
    std::string text;
    try {
        write_atomically(folder / "f", std::string(100, 'x'));
    } catch (const Error& error) {
        text = error.what();
        CHECK(error.code() == ExitCode::infrastructure);
    }
    ::setrlimit(RLIMIT_FSIZE, &old);
    std::signal(SIGXFSZ, handler);
    CHECK(text == "writing '" + (folder / "f").native() +
                      "' failed: File too large; raise the limit of the file size (ulimit -f)");
    CHECK(read_text(folder / "f") == "old");
    CHECK(entries(folder.path()) == 1);
    CHECK_THROWS_AS(write_atomically(folder / "missing/f", "x"), Error);
    CHECK_THROWS_AS(read_text(folder / "missing"), Error);
    CHECK_FALSE(try_read_text(folder / "missing"));
    CHECK_FALSE(try_read_text(folder.path()));
}

TEST_CASE("an atomic write replaces a link; what was named is written behind it, and a device is never replaced") {
    const TemporaryFolder folder;
    write_atomically(folder / "real", "old");
    std::filesystem::create_symlink("real", folder / "link");
    write_as_named(folder / "link", "new");
    CHECK(std::filesystem::is_symlink(folder / "link"));
    CHECK(read_text(folder / "real") == "new");
    std::filesystem::create_symlink("/dev/null", folder / "null");
    write_as_named(folder / "null", "gone");
    CHECK(std::filesystem::is_symlink(folder / "null"));
    CHECK(std::filesystem::is_character_file("/dev/null"));
    write_atomically(folder / "link", "own");
    CHECK(std::filesystem::is_regular_file(std::filesystem::symlink_status(folder / "link")));
    CHECK(read_text(folder / "real") == "new");
    CHECK(entries(folder.path()) == 3);
}

TEST_CASE("folders are made with their parents; a file in the way is an error") {
    const TemporaryFolder folder;
    ensure_directory(folder / "a/b/c");
    ensure_directory(folder / "a/b/c");
    CHECK(std::filesystem::is_directory(folder / "a/b/c"));
    std::ofstream(folder / "file") << "x";
    CHECK_THROWS_AS(ensure_directory(folder / "file"), Error);
    CHECK_THROWS_AS(ensure_directory(folder / "file/sub"), Error);
}

TEST_CASE("canonical paths follow links and take what does not exist yet") {
    const TemporaryFolder folder;
    ensure_directory(folder / "real");
    std::filesystem::create_directory_symlink(folder / "real", folder / "link");
    CHECK(canonical_path(folder / "link/new/../x") == canonical_path(folder.path()) / "real/x");
    CHECK(canonical_path("x").is_absolute());
}

TEST_CASE("an append file continues after what is there and can cut a torn tail") {
    const TemporaryFolder folder;
    {
        AppendFile journal(folder / "j");
        journal.append("one\n");
        journal.append("tw");
        journal.truncate(4);
    }
    AppendFile journal(folder / "j");
    journal.append("two\n");
    CHECK(read_text(folder / "j") == "one\ntwo\n");
    CHECK_THROWS_AS(AppendFile(folder.path()), Error);
}
