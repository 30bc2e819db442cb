#include "job/rounds/scan_rounds.h"

#include <csignal>
#include <nlohmann/json.hpp>

#include "catch.h"
#include "os/files/file.h"
#include "support/temporary_folder.h"

using namespace hlaunch;

namespace {

// Answers as told, and keeps what was asked.
class FakeRounds final : public Rounds {
  public:
    std::string task;
    std::vector<TreeEvent> answers;
    std::vector<std::string> asked;

    TreeEvent run(const TreeSpec&) override {
        asked.push_back(nlohmann::json::parse(read_text(task)).at("do"));
        REQUIRE(asked.size() <= answers.size());
        return answers[asked.size() - 1];
    }
};

TreeEvent ended(int code, bool signalled = false) {
    TreeEvent out;
    out.status = {.signalled = signalled, .code = code};
    return out;
}

struct Bench {
    TemporaryFolder folder;
    FakeRounds rounds;
    ScanRounds scan;

    explicit Bench(std::vector<TreeEvent> answers, unsigned again = 1)
        : scan(rounds, {}, (folder / "task.json").string(), (folder / "cache").string(), again) {
        rounds.task = (folder / "task.json").string();
        rounds.answers = std::move(answers);
        ensure_directory((folder / "cache").string());
        write_atomically((folder / "cache/torn").string(), "half");
    }
    void ask() {
        scan.run_round([](unsigned worker) { return nlohmann::json{{"do", "sums"}, {"worker", worker}}; });
    }
    [[nodiscard]] bool cache_is_whole() const { return try_read_text((folder / "cache/torn").string()).has_value(); }
};

}  // namespace

TEST_CASE("a scan has one process, which is asked and told to forget", "[scan_rounds]") {
    Bench bench({ended(0), ended(0)});
    CHECK(bench.scan.processes() == 1);
    bench.ask();
    bench.scan.forget();
    CHECK(bench.rounds.asked == std::vector<std::string>{"sums", "forget"});
    CHECK(bench.cache_is_whole());
}

TEST_CASE("a round whose process was killed is asked once more, without what that may have torn", "[scan_rounds]") {
    TreeEvent lost;
    lost.kind = TreeEvent::Kind::lost;
    const auto first = GENERATE_COPY(values({ended(SIGKILL, true), ended(SIGTERM, true), lost}));
    Bench bench({first, ended(0)});
    bench.ask();
    CHECK(bench.rounds.asked.size() == 2);
    CHECK_FALSE(bench.cache_is_whole());
}

TEST_CASE("but not again and again, and not after other ends", "[scan_rounds]") {
    SECTION("killed twice") {
        Bench bench({ended(SIGKILL, true), ended(SIGKILL, true)});
        CHECK_THROWS_AS(bench.ask(), RoundFailed);
        CHECK(bench.rounds.asked.size() == 2);
    }
    SECTION("no retries") {
        Bench bench({ended(SIGKILL, true)}, 0);
        CHECK_THROWS_AS(bench.ask(), RoundFailed);
    }
    SECTION("refused") {
        Bench bench({ended(78)});
        try {
            bench.ask();
            FAIL("no end");
        } catch (const RoundFailed& failed) {
            CHECK(failed.end.status.code == 78);
        }
    }
}
