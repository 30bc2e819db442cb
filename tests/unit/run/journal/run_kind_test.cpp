#include "run/journal/run_kind.h"

#include "catch.h"
#include "os/files/file.h"
#include "run/journal/journal.h"
#include "support/temporary_folder.h"

using namespace hlaunch;

namespace {

std::string kind_of(const std::vector<nlohmann::json>& events) {
    const TemporaryFolder folder;
    const RunFolder run{folder.path().string()};
    std::string text = journal_line(journal_header());
    for (const auto& event : events) text += journal_line(event);
    write_atomically(run.journal(), text);
    return kind_of_run(run);
}

}  // namespace

TEST_CASE("the first event that tells a kind decides", "[run kind]") {
    CHECK(kind_of({}).empty());
    CHECK(kind_of({{{"event", "start"}, {"stage", "survey"}}}).empty());
    CHECK(kind_of({{{"event", "start"}, {"stage", "survey"}}, {{"event", "run"}}}) == "run");
    for (const char* kind : {"run", "command", "queue", "campaign", "worker"})
        CHECK(kind_of({{{"event", "other"}}, {{"event", kind}}, {{"event", "queue"}}}) == kind);
    CHECK(kind_of({{{"event", "folder"}, {"of", "campaign"}}}) == "campaign");
    CHECK(kind_of({{{"event", "folder"}, {"of", 7}}}).empty());
}

TEST_CASE("behind any length of other lines, and where there is no journal", "[run kind]") {
    std::vector<nlohmann::json> events(5000, {{"event", "something"}, {"text", std::string(100, 'x')}});
    events.push_back({{"event", "queue"}});
    CHECK(kind_of(events) == "queue");
    const TemporaryFolder folder;
    CHECK(kind_of_run(RunFolder{folder.path().string()}).empty());
    write_atomically(folder.path() / "journal.jsonl", "mine\n");
    CHECK(kind_of_run(RunFolder{folder.path().string()}).empty());
}
