#include "os/reaper/receipts.h"

#include <poll.h>

#include <fstream>

#include "base/error.h"
#include "catch.h"
#include "os/files/file.h"
#include "os/process/environment.h"
#include "os/reaper/reaper_launcher.h"
#include "support/hand_clock.h"
#include "support/temporary_folder.h"

using namespace hlaunch;

namespace {

;

std::string without_newline(const Receipt& receipt) {
    auto line = receipt_line(receipt);
    line.pop_back();
    return line;
}

// Starts it and waits for its end; start and end may be told at once.
void run_to_its_end(Launcher& launcher, const TreeSpec& spec, bool stop) {
    launcher.start(0, spec);
    for (bool ended = false; !ended;) {
        pollfd poll{launcher.descriptors().front(), POLLIN, 0};
        REQUIRE(::poll(&poll, 1, 20000) > 0);
        for (const auto& event : launcher.events()) {
            REQUIRE((event.kind == TreeEvent::Kind::started || event.kind == TreeEvent::Kind::ended));
            if (event.kind == TreeEvent::Kind::started && stop) launcher.stop(0);
            ended = event.kind == TreeEvent::Kind::ended;
        }
    }
}

TreeSpec shell(const std::string& script, std::uint64_t receipt) {
    TreeSpec spec;
    spec.child.argv = {"sh", "-c", script};
    spec.child.env = Environment::current().list();
    spec.grace = {.interrupt = std::chrono::milliseconds(200),
                  .terminate = std::chrono::milliseconds(200),
                  .kill = std::chrono::milliseconds(2000)};
    spec.receipt = receipt;
    return spec;
}

}  // namespace

TEST_CASE("a receipt reads as it was written, and not at all once a bit of it is another or its end is missing") {
    for (const auto& receipt : {Receipt{.id = 1, .status = {.signalled = false, .code = 0}, .cpu_seconds = 0.25},
                                Receipt{.id = ~0ULL, .status = {.signalled = true, .code = 9}, .stopped = true}}) {
        const auto line = without_newline(receipt);
        const auto read = parse_receipt(line);
        REQUIRE(read);
        CHECK(read->id == receipt.id);
        CHECK(read->status.signalled == receipt.status.signalled);
        CHECK(read->status.code == receipt.status.code);
        CHECK(read->stopped == receipt.stopped);
        CHECK(read->cpu_seconds == receipt.cpu_seconds);
        for (std::size_t length = 0; length < line.size(); ++length) CHECK_FALSE(parse_receipt(line.substr(0, length)));
        for (std::size_t bit = 0; bit < 8 * line.size(); ++bit) {
            auto other = line;
            other[bit / 8] = static_cast<char>(other[bit / 8] ^ (1 << (bit % 8)));
            CHECK_FALSE(parse_receipt(other));
        }
    }
}

namespace {

std::vector<Receipt> all_of(const ReceiptFile& file) {
    std::vector<Receipt> out;
    file.read([&](const Receipt& receipt) { out.push_back(receipt); });
    return out;
}

}  // namespace

TEST_CASE("receipts are read from a file of any length, whatever stands between them") {
    const TemporaryFolder folder;
    const ReceiptFile file(folder / "receipts");
    {
        std::ofstream out(folder / "receipts");
        for (unsigned id = 1; id <= 5000; ++id) {
            if (id % 100 == 0) out << std::string(id * 10, 'x') << "\n";
            out << "\n" << receipt_line({.id = id, .status = {}, .stopped = false, .cpu_seconds = 0.5});
        }
        out << receipt_line({.id = 5001, .status = {}, .stopped = false, .cpu_seconds = 0.5}).substr(0, 40);
    }
    const auto receipts = all_of(file);
    REQUIRE(receipts.size() == 5000);
    for (unsigned id = 1; id <= 5000; ++id) REQUIRE(receipts[id - 1].id == id);
}

TEST_CASE("reapers write receipts, and hold the file until they have ended") {
    const TemporaryFolder folder;
    HandClock clock;
    auto file = std::make_unique<ReceiptFile>(folder / "receipts");
    REQUIRE(file->lock(clock, {}, {}));
    {
        ReaperLauncher launcher(file->descriptor(), HLAUNCH_TEST_REAPER);
        run_to_its_end(launcher, shell("exit 3", 7), false);
        auto receipts = all_of(*file);
        REQUIRE(receipts.size() == 1);
        CHECK(receipts[0].id == 7);
        CHECK(receipts[0].status.text() == "exit code 3");
        CHECK_FALSE(receipts[0].stopped);

        run_to_its_end(launcher, shell("exec sleep 100", 8), true);
        receipts = all_of(*file);
        REQUIRE(receipts.size() == 2);
        CHECK(receipts[1].id == 8);
        CHECK(receipts[1].status.signalled);
        CHECK(receipts[1].stopped);

        run_to_its_end(launcher, shell("exit 0", 0), false);
        CHECK(all_of(*file).size() == 2);  // nobody wants one

        file.reset();  // as when hlaunch is killed: the reaper alone has it now
        ReceiptFile next(folder / "receipts");
        unsigned told = 0;
        CHECK_FALSE(next.lock(clock, std::chrono::seconds(5), [&] { ++told; }));
        CHECK(told == 1);
    }
    ReceiptFile next(folder / "receipts");
    CHECK(next.lock(clock, {}, {}));
    CHECK(all_of(next).size() == 2);
    next.clear();
    CHECK(all_of(next).empty());
    next.remove();
    CHECK_FALSE(std::filesystem::exists(folder / "receipts"));
}

TEST_CASE("receipts where no file can be made") {
    CHECK_THROWS_AS(ReceiptFile("/nonexistent/folder/receipts"), Error);
}
