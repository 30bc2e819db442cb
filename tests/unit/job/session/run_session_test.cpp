#include "job/session/run_session.h"

#include <fstream>
#include <nlohmann/json.hpp>
#include <vector>

#include "base/error.h"
#include "catch.h"
#include "os/files/file.h"
#include "os/files/temporary_folder.h"
#include "run/journal/worker_runs.h"

using namespace hlaunch;

namespace {

class Folder {
  public:
    Folder() {
        where.output = folder_.path();
        reporting.quiet = true;
    }
    [[nodiscard]] RunFolder run() const { return RunFolder{folder_.path()}; }
    // Of its journal, after all sessions.
    [[nodiscard]] std::vector<nlohmann::json> events() const {
        std::vector<nlohmann::json> out;
        read_events(run(), [&](Event&& event) { out.push_back(to_json(std::move(event))); });
        return out;
    }
    FolderSpec where;
    RunLimits limits;
    Reporting reporting;

  private:
    hlaunch::TemporaryFolder folder_{"test"};
};

}  // namespace

TEST_CASE("a session without a folder records nothing and gives the exit code of its work") {
    const FolderSpec where;
    const RunLimits limits;
    const Reporting reporting;
    RunSession session(where, limits, reporting);
    CHECK(session.journal() == nullptr);
    CHECK(session.feed() == nullptr);
    CHECK(session.run([] { return 1; }) == 1);
    CHECK(session.run([]() -> int { throw Interrupted{15}; }) == 143);
}

TEST_CASE("how a session ends is in its journal and status, whatever ended it") {
    Folder folder;
    const auto start = [&](const std::function<int()>& work) {
        RunSession session(folder.where, folder.limits, folder.reporting);
        session.open(folder.run(), "run");
        return session.run(work);
    };
    CHECK(start([] { return 0; }) == 0);
    CHECK(start([]() -> int { throw Interrupted{2}; }) == 130);
    CHECK_THROWS_AS(start([]() -> int { throw failure("no fit"); }), Error);
    CHECK_THROWS_AS(start([]() -> int { throw std::runtime_error("a bug"); }), std::runtime_error);
    const auto events = folder.events();
    REQUIRE(events.size() == 3);
    CHECK(events[0]["event"] == "interrupted");
    CHECK(events[0]["signal"] == 2);
    CHECK(events[1]["event"] == "failed");
    CHECK(events[1]["why"] == "no fit");
    CHECK(events[2]["why"] == "a bug");
    const auto status = nlohmann::json::parse(read_text(folder.run().status()));
    CHECK(status["exit_code"] == 3);
}

TEST_CASE("a folder belongs to one kind of run") {
    Folder folder;
    {
        RunSession session(folder.where, folder.limits, folder.reporting);
        session.open(folder.run(), "campaign");
        session.note_kind("campaign");
        session.note_kind("campaign");
    }
    CHECK(folder.events().size() == 1);
    const auto refusal = [&](const JournalFile::OnEvent& each) -> std::string {
        RunSession session(folder.where, folder.limits, folder.reporting);
        try {
            session.open(folder.run(), "queue", each);
        } catch (const Error& error) {
            return error.what();
        }
        return "";
    };
    CHECK(refusal({}).find("campaign") != std::string::npos);
    CHECK(refusal([](const Event&) {}).find("campaign") != std::string::npos);
    RunSession of_worker(folder.where, folder.limits, folder.reporting);
    CHECK_NOTHROW(of_worker.open(folder.run(), ""));
}

TEST_CASE("--fresh forgets results of whatever kind, and a stop that was asked before; other files stay") {
    Folder folder;
    const auto root = std::filesystem::path(folder.run().root);
    for (const auto* name : {"parts", "workers", "scans", "logs"}) std::filesystem::create_directory(root / name);
    std::ofstream(folder.run().stop()) << "x";
    {
        RunSession session(folder.where, folder.limits, folder.reporting);
        session.open(folder.run(), "queue");
        session.journal()->append(events::Queue{.tasks = 1});
    }
    CHECK_FALSE(std::filesystem::exists(folder.run().stop()));
    CHECK(std::filesystem::exists(root / "workers"));
    folder.where.fresh = true;
    RunSession session(folder.where, folder.limits, folder.reporting);
    session.open(folder.run(), "run");
    CHECK(session.journal()->history().kinds.empty());
    CHECK(folder.events().empty());
    for (const auto* name : {"parts", "workers", "scans"}) CHECK_FALSE(std::filesystem::exists(root / name));
    CHECK(std::filesystem::exists(root / "logs"));
}
