#include "job/rounds/round_board.h"

#include <functional>
#include <map>
#include <memory>
#include <stdexcept>

#include "catch.h"
#include "job/rounds/density_processes.h"
#include "merge/npz/npy_matrix.h"
#include "os/files/file.h"
#include "run/journal/journal_lock.h"
#include "support/hand_clock.h"
#include "support/temporary_folder.h"

using namespace hlaunch;

namespace {

// Whoever sleeps lets the others do something.
class OthersClock final : public Clock {
  public:
    [[nodiscard]] Time now() const override { return hand_.now(); }
    [[nodiscard]] std::chrono::system_clock::time_point wall() const override { return hand_.wall(); }
    void sleep(Duration duration) override {
        hand_.sleep(duration);
        if (others) others();
    }
    std::function<void()> others;

  private:
    HandClock hand_;
};

struct Lab {
    TemporaryFolder folder{true};
    OthersClock clock;
    RunFolder run{folder.path().string()};
    BoardFolder files{run.posterior() + "/board"};
    RoundBoard board{run, "key", clock};
    std::map<std::string, std::unique_ptr<JournalLock>> locks;
    Lab() { board.open(); }

    [[nodiscard]] RoundCall call() const { return call_from(read_text(files.call())).value(); }
    void join(const std::string& name, unsigned processes) {
        std::filesystem::create_directories(run.worker(name));
        locks[name] = std::make_unique<JournalLock>(RunFolder{run.worker(name)}.lock(), clock);
        write_atomically(files.member(name), text_of(RoundMember{name, name + "-1", call().lead, processes}));
        clock.sleep(std::chrono::seconds(2));
    }
    void answer(const std::string& name, double value) {
        const auto now = call();
        write_atomically(files.data(name, now.number), npy_of(Eigen::MatrixXd::Constant(2, 1, value)));
        write_atomically(files.answer(name), answer_text(now));
    }
};

RoundDeal deal(const std::string& name, std::vector<unsigned> first) {
    return {name, name + "-1", std::move(first)};
}

}  // namespace

TEST_CASE("blocks are cut in their order; what is too many has none") {
    CHECK(cut_blocks(8, 2) == std::vector<unsigned>{0, 4, 8});
    CHECK(cut_blocks(8, 3) == std::vector<unsigned>{0, 2, 5, 8});
    CHECK(cut_blocks(2, 4) == std::vector<unsigned>{0, 1, 2, 2, 2});
}

TEST_CASE("what is on the board is read as it was written; what is torn or strange is nothing") {
    const RoundCall call{.lead = "l",
                         .number = 7,
                         .key = "k",
                         .what = "sums",
                         .question = "7.npy",
                         .pause_ms = 3,
                         .deals = {deal("a", {0, 2, 5})}};
    const auto text = text_of(call);
    const auto back = call_from(text).value();
    CHECK((back.lead == "l" && back.number == 7 && back.key == "k" && back.what == "sums" && back.pause_ms == 3));
    REQUIRE(back.deals.size() == 1);
    CHECK((back.deals[0].member == "a" && back.deals[0].start == "a-1"));
    CHECK(back.deals[0].first == std::vector<unsigned>{0, 2, 5});
    CHECK_FALSE(call_from(text.substr(0, text.size() / 2)));
    CHECK_FALSE(call_from("{}"));
    auto outside = call;
    outside.question = "../journal.jsonl";
    CHECK_FALSE(call_from(text_of(outside)));
    CHECK(member_from(text_of(RoundMember{"a", "s", "l", 4})).value().processes == 4);
    CHECK_FALSE(member_from(text_of(RoundMember{"../a", "s", "l", 4})));
    CHECK_FALSE(member_from(text_of(RoundMember{"a", "s", "l", 0})));
}

TEST_CASE("members are those that live and have read this leader's call; answers come in the order of the deals") {
    Lab lab;
    lab.join("b", 2);
    lab.join("a", 1);
    write_atomically(lab.files.member("former"), text_of(RoundMember{"former", "1", "another", 1}));
    REQUIRE(lab.board.members().size() == 2);
    CHECK(lab.board.members()[0].name == "a");
    lab.board.ask("sums", Eigen::MatrixXd::Ones(2, 3), {deal("a", {0, 1}), deal("b", {1, 2, 3})});
    CHECK(matrix_of(read_text(lab.files.data() + "/" + lab.call().question), "").cols() == 3);
    int sleeps = 0;
    lab.clock.others = [&] {
        if (++sleeps == 2) lab.answer("b", 2.0);
        if (sleeps == 4) lab.answer("a", 1.0);
    };
    const auto answers = lab.board.answers([] {});
    REQUIRE(answers);
    CHECK((*answers)[0](1, 0) == 1.0);
    CHECK((*answers)[1](1, 0) == 2.0);
    // What was said to the last round is no answer to this one.
    lab.board.ask("sums", Eigen::MatrixXd::Ones(2, 3), {deal("a", {0, 3})});
    sleeps = 0;
    lab.clock.others = [&] {
        if (++sleeps == 3) lab.answer("a", 5.0);
    };
    CHECK((*lab.board.answers([] {}))[0](0, 0) == 5.0);
    CHECK(sleeps == 3);
}

TEST_CASE("a member that dies ends the round, and is dealt no more") {
    Lab lab;
    lab.join("a", 1);
    lab.join("b", 1);
    CHECK(lab.board.members().size() == 2);
    lab.board.ask("sums", Eigen::MatrixXd::Ones(2, 3), {deal("a", {0, 1}), deal("b", {1, 2})});
    lab.clock.others = [&] {
        lab.locks.erase("b");
        lab.answer("a", 1.0);
    };
    CHECK_FALSE(lab.board.answers([] {}));
    REQUIRE(lab.board.members().size() == 1);
    CHECK(lab.board.members()[0].name == "a");
}

TEST_CASE("a call that another leader wrote over is written again") {
    Lab lab;
    lab.join("a", 1);
    lab.board.ask("sums", Eigen::MatrixXd::Ones(2, 3), {deal("a", {0, 1})});
    const auto ours = lab.call().lead;
    write_atomically(
        lab.files.call(),
        text_of(RoundCall{.lead = "former", .key = "k", .what = "sums", .question = "1.npy", .deals = {}}));
    lab.clock.others = [&] {
        if (lab.call().lead == ours) lab.answer("a", 1.0);
    };
    CHECK(lab.board.answers([] {}));
}

TEST_CASE("who waits can be stopped") {
    Lab lab;
    lab.join("a", 1);
    lab.board.ask("sums", Eigen::MatrixXd::Ones(2, 3), {deal("a", {0, 1})});
    CHECK_THROWS_AS(lab.board.answers([] { throw std::runtime_error("stopped"); }), std::runtime_error);
}
