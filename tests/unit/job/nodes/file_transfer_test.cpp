#include "job/nodes/file_transfer.h"

#include <filesystem>

#include "base/error.h"
#include "catch.h"
#include "os/files/file.h"
#include "support/temporary_folder.h"

using namespace hlaunch;

namespace {

// What hlaunch-mpi would pass on, between two clients of this process.
struct Company {
    MessageSocket::Pair pair = MessageSocket::make_pair();
    DeskClient sender{std::move(pair.ours)};
    MessageSocket desk{std::move(pair.theirs)};
};

RankMessage piece(const std::string& name, std::uint64_t offset, bool last, const std::string& bytes) {
    return {{{"kind", "file"}, {"name", name}, {"offset", offset}, {"last", last}}, bytes};
}

}  // namespace

TEST_CASE("files arrive as they were: empty, of a piece's size exactly, larger", "[rank files]") {
    const TemporaryFolder from, to;
    std::filesystem::create_directories(from.path() / "a/b");
    const std::string exact(piece_bytes, 'e'), large = exact + std::string("\0tail", 5);
    write_atomically(from.path() / "a/empty", "");
    write_atomically(from.path() / "a/b/exact", exact);
    write_atomically(from.path() / "a/b/large", large);
    write_atomically(from.path() / "other", "not asked for");
    const auto names = files_below(from.path().string(), "a");
    CHECK(names == std::vector<std::string>{"a/b/exact", "a/b/large", "a/empty"});
    Company company;
    send_files(company.sender, 0, from.path().string(), names, {});
    const IncomingFiles incoming(to.path().string());
    unsigned pieces = 0;
    while (const auto text = company.desk.receive(Clock::Duration::zero())) {
        incoming.take(decode(*text));
        ++pieces;
    }
    CHECK(pieces == 4);
    CHECK(read_text(to.path() / "a/empty").empty());
    CHECK(read_text(to.path() / "a/b/exact") == exact);
    CHECK(read_text(to.path() / "a/b/large") == large);
    CHECK(files_below(to.path().string(), ".").size() == 3);
}

TEST_CASE("half a file has no name yet; a piece that is missing is told", "[rank files]") {
    const TemporaryFolder to;
    const IncomingFiles incoming(to.path().string());
    incoming.take(piece("x", 0, false, "half"));
    CHECK(!std::filesystem::exists(to.path() / "x"));
    CHECK_THROWS_AS(incoming.take(piece("x", 9, true, "end")), Error);
    incoming.take(piece("x", 0, false, "half"));  // it begins anew
    incoming.take(piece("x", 4, true, " end"));
    CHECK(read_text(to.path() / "x") == "half end");
}

TEST_CASE("no name leads out of the folder", "[rank files]") {
    const TemporaryFolder to;
    const IncomingFiles incoming(to.path().string());
    for (const auto* name : {"", "/etc/passwd", "../x", "a/../../x"})
        CHECK_THROWS_AS(incoming.take(piece(name, 0, true, "bad")), Error);
}

TEST_CASE("no more pieces are on their way than are allowed", "[rank files]") {
    Company company;
    unsigned asked = 0;
    const auto patience = [&] {
        if (++asked > 2) throw Error(ExitCode::failed, "enough");
    };
    unsigned sent = 0;
    try {
        for (; sent < 100; ++sent) company.sender.send_piece(0, {{"name", "x"}}, "bytes", patience);
    } catch (const Error&) {
    }
    CHECK(sent == 16);
    REQUIRE(company.desk.try_send(encode({{{"kind", "got"}}})));
    company.sender.send_piece(0, {{"name", "x"}}, "bytes", {});
}
