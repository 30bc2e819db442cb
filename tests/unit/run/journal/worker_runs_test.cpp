#include "run/journal/worker_runs.h"

#include <sys/stat.h>

#include "base/error.h"
#include "catch.h"
#include "os/files/file.h"
#include "run/journal/journal.h"
#include "support/temporary_folder.h"

using namespace hlaunch;

namespace {

std::vector<Event> events_of(const RunFolder& run) {
    std::vector<Event> out;
    read_events(run, [&](Event&& event) { out.push_back(std::move(event)); });
    return out;
}

}  // namespace

TEST_CASE("a run's workers are the folders in workers/, by name", "[worker runs]") {
    const TemporaryFolder folder;
    const RunFolder run{folder.path().string()};
    CHECK(worker_runs(run).empty());
    for (const auto* name : {"mpi-7-1", "mpi-12-0", "mpi-7-0"}) std::filesystem::create_directories(run.worker(name));
    write_atomically(run.worker("note.txt"), "mine");
    const auto workers = worker_runs(run);
    REQUIRE(workers.size() == 3);
    CHECK(workers[0].root == run.worker("mpi-12-0"));
    CHECK(workers[2].root == run.worker("mpi-7-1"));
}

TEST_CASE("a worker's events, without a torn one; none before its journal is there", "[worker runs]") {
    const TemporaryFolder folder;
    const RunFolder run{folder.path().string()};
    CHECK(events_of(run).empty());
    const auto line = journal_line({{"event", "end"}, {"part", 3}});
    write_atomically(run.journal(), journal_line(journal_header()) + line + line.substr(0, 20));
    REQUIRE(events_of(run).size() == 1);
    CHECK(events_of(run)[0].as<events::End>()->part == 3U);
    CHECK(history_of(run).instances.empty());  // of no stage
}

TEST_CASE("what is no journal never makes a reader wait", "[worker runs]") {
    const TemporaryFolder folder;
    const RunFolder run{folder.path().string()};
    REQUIRE(::mkfifo(run.journal().c_str(), 0600) == 0);
    CHECK_THROWS_AS(history_of(run), Error);
}
