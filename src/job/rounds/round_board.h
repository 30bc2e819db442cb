// How the rounds of an exact posterior travel between the hlaunches that share a run folder: files in posterior/board.
// One leads: it asks in `call`, which is always the newest question, and deals the blocks of points among itself and
// the members. Each of them writes its own file in members/ once, and in answers/ for each round. All of these are
// replaced by a rename and read by their name again and again: a network file system shows a new file of an old name at
// once, one of a new name late where it was looked for before. Numbers are in data/, named by those. Whoever is gone by
// its lock is dealt no more, and what it had is asked anew.
#pragma once

#include <fmt/format.h>

#include <Eigen/Dense>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "plan/run_folder.h"

namespace hlaunch {

struct RoundDeal {
    std::string member, start;    // its worker's folder, and which start of it
    std::vector<unsigned> first;  // block of each of its processes, and the end of the last
};

struct RoundCall {
    std::string lead;          // this start of the leader
    std::uint64_t number = 0;  // 0: only get ready
    std::string key;           // what blocks and priors depend on
    std::string what;          // word_of() what is asked
    std::string question;      // name of a file in data/
    unsigned pause_ms = 1;     // between two looks of who waits
    std::vector<RoundDeal> deals;
};

struct RoundMember {
    std::string name, start, lead;
    unsigned processes = 0;
};

// Names, and texts of the files. What no hlaunch wrote whole is nothing.
struct BoardFolder {
    std::string root;
    [[nodiscard]] std::string call() const { return root + "/call"; }
    [[nodiscard]] std::string members() const { return root + "/members"; }
    [[nodiscard]] std::string member(const std::string& name) const { return members() + "/" + name; }
    [[nodiscard]] std::string answers() const { return root + "/answers"; }
    [[nodiscard]] std::string answer(const std::string& name) const { return answers() + "/" + name; }
    [[nodiscard]] std::string data() const { return root + "/data"; }
    [[nodiscard]] std::string data(const std::string& name, std::uint64_t number) const {
        return fmt::format("{}/{}-{}.npy", data(), name, number);
    }
};
[[nodiscard]] std::string text_of(const RoundCall& call);
[[nodiscard]] std::optional<RoundCall> call_from(const std::string& text);
[[nodiscard]] std::string text_of(const RoundMember& member);
[[nodiscard]] std::optional<RoundMember> member_from(const std::string& text);
// What a member's file in answers/ says when its data are there.
[[nodiscard]] std::string answer_text(const RoundCall& call);
[[nodiscard]] std::string new_start();  // no two are alike

// The leader's side.
class RoundBoard {
  public:
    // Called about each second while answers are waited for; throws (Interrupted) to give up.
    using Patience = std::function<void()>;
    RoundBoard(const RunFolder& run, std::string key, Clock& clock);

    void open();  // whoever will answer gets ready
    // Who answers now; looked for about each second.
    [[nodiscard]] const std::vector<RoundMember>& members();
    void ask(const std::string& what, const Eigen::MatrixXd& question, std::vector<RoundDeal> deals);
    // In the order of the deals. Nothing: one of them is gone, to be asked anew among those who are left.
    [[nodiscard]] std::optional<std::vector<Eigen::MatrixXd>> answers(const Patience& patience);

  private:
    [[nodiscard]] bool lives(const std::string& member) const;
    void publish();

    RunFolder run_;
    BoardFolder folder_;
    Clock& clock_;
    RoundCall call_;
    std::string text_;  // of the call as it stands
    std::vector<RoundMember> members_;
    std::optional<Clock::Time> looked_;
};

}  // namespace hlaunch
