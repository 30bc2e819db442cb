#include "report/rank_events.h"

#include <filesystem>
#include <nlohmann/json.hpp>

#include "catch.h"
#include "os/files/file.h"
#include "run/journal/journal.h"
#include "support/temporary_folder.h"

using namespace hlaunch;

namespace {

using Events = std::vector<nlohmann::json>;

void write_rank(const RunFolder& run, const std::string& name, const Events& events) {
    const RunFolder folder{run.worker(name)};
    std::filesystem::create_directories(folder.root);
    std::string text;
    for (const auto& event : events) text += journal_line(event);
    write_atomically(folder.journal(), text);
}

// Of a run with these events of its own.
std::vector<nlohmann::json> ends_of(const RunFolder& run, const Events& own) {
    std::vector<Event> events;
    for (const auto& event : own) events.push_back(parse_event(event));
    std::vector<nlohmann::json> out;
    for (const auto& end : ends_of_ranks(run, events)) out.push_back(to_json(end));
    return out;
}

nlohmann::json ended(const char* time, const char* outcome) {
    return {{"event", "end"}, {"time", time}, {"outcome", outcome}};
}

}  // namespace

TEST_CASE("the ends of a queue's ranks, in the order of time", "[rank events]") {
    const TemporaryFolder folder;
    const RunFolder run{folder.path().string()};
    write_rank(run, "mpi-7-1", {{{"event", "worker"}}, ended("03", "done"), ended("05", "crashed")});
    write_rank(run, "mpi-7-2", {ended("04", "done")});
    std::filesystem::create_directories(run.worker("mpi-7-3"));  // nothing in it yet
    const auto ends = ends_of(run, {{{"event", "queue"}, {"tasks", 3}}});
    REQUIRE(ends.size() == 3);
    CHECK(ends[1]["time"] == "04");
    CHECK(ends[2]["outcome"] == "crashed");
    CHECK(ends_of(run, {{{"event", "run"}}}).empty());  // an analysis: its workers are told of one by one
}

TEST_CASE("a campaign's scans have the run's own numbers", "[rank events]") {
    const TemporaryFolder folder;
    const RunFolder run{folder.path().string()};
    auto end = ended("03", "done");
    end["part"] = 0;
    auto unknown = ended("04", "done");
    unknown["part"] = 9;
    write_rank(run, "mpi-7-1", {{{"event", "scan"}, {"part", 0}, {"name", "b"}}, end, unknown});
    const auto ends = ends_of(run, {{{"event", "campaign"}},
                                    {{"event", "scan"}, {"part", 0}, {"name", "a"}},
                                    {{"event", "scan"}, {"part", 1}, {"name", "b"}}});
    REQUIRE(ends.size() == 1);
    CHECK(ends[0]["part"] == 1);
}
