#include "os/io/line_pipe.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "base/error.h"
#include "catch.h"
#include "os/files/file.h"
#include "os/files/tail_file.h"
#include "support/temporary_folder.h"

using namespace hlaunch;

namespace {

std::string drain(int fd) {
    std::string out;
    std::array<char, 65536> buffer{};
    for (ssize_t count = 0; (count = read(fd, buffer.data(), buffer.size())) > 0;)
        out.append(buffer.data(), static_cast<std::size_t>(count));
    return out;
}

}  // namespace

TEST_CASE("lines to a FIFO: a slow reader loses whole lines, never parts, and holds up nobody") {
    const TemporaryFolder folder;
    const auto path = (folder.path() / "fifo").string();
    REQUIRE(mkfifo(path.c_str(), 0600) == 0);
    LinePipe lines(path, 100000);  // without a reader
    const std::string line(9000, 'x');
    for (int i = 0; i < 100; ++i) lines.write(line);
    CHECK(lines.dropped() > 50);
    const UniqueFd reader(open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
    std::string got;
    for (int i = 0; i < 100; ++i) {
        got += drain(reader.get());
        lines.flush();
    }
    CHECK(static_cast<std::uint64_t>(std::count(got.begin(), got.end(), '\n')) + lines.dropped() == 100);
    CHECK(got.size() % 9001 == 0);
    lines.write("last");
    CHECK(drain(reader.get()) == "last\n");
}

TEST_CASE("lines to a file are appended; what cannot be opened is refused") {
    const TemporaryFolder folder;
    const auto path = (folder.path() / "events").string();
    write_atomically(path, "before\n");
    {
        LinePipe lines(path);
        lines.write("a");
        lines.flush_for(std::chrono::seconds(1));
    }
    CHECK(read_text(path) == "before\na\n");
    CHECK_THROWS_AS(LinePipe(folder.path().string()), Error);
    CHECK_THROWS_AS(LinePipe((folder.path() / "no" / "file").string()), Error);
}

TEST_CASE("a followed file may come late, grow, be replaced and be emptied") {
    const TemporaryFolder folder;
    const auto path = folder.path() / "log";
    TailFile file(path);
    CHECK(file.read_more().empty());
    write_atomically(path, "one\n");
    CHECK(file.read_more() == "one\n");
    CHECK(file.read_more().empty());
    AppendFile(path).append("two\n");
    CHECK(file.read_more() == "two\n");
    std::filesystem::rename(path, folder.path() / "log.1");
    AppendFile(folder.path() / "log.1").append("three\n");
    write_atomically(path, "four\n");
    CHECK(file.read_more() == "three\n");
    CHECK(file.read_more() == "four\n");
    std::filesystem::resize_file(path, 0);
    CHECK(file.read_more().empty());
    AppendFile(path).append("5\n");
    CHECK(file.read_more() == "5\n");
}
