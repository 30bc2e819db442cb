#include "job/rounds/round_board.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "base/error.h"
#include "merge/npz/npy_matrix.h"
#include "os/files/file.h"
#include "run/journal/journal_lock.h"

namespace hlaunch {
namespace {

constexpr auto board_look = std::chrono::seconds(1);
// Many that ask one file server are to ask it seldom.
constexpr unsigned members_a_millisecond = 4;

}  // namespace

RoundBoard::RoundBoard(const RunFolder& run, std::string key, Clock& clock)
    : run_(run), folder_{run.posterior() + "/board"}, clock_(clock) {
    call_.lead = new_start();
    call_.key = std::move(key);
}

bool RoundBoard::lives(const std::string& member) const {
    const auto status = lock_status(RunFolder{run_.worker(member)}.lock());
    // One that stands still, or whose node does, has a process all the same.
    return status.state != LockState::free && status.heartbeat_age_s.value_or(0.0) < heartbeat_limit_s;
}

void RoundBoard::open() {
    for (const auto& folder : {folder_.members(), folder_.answers(), folder_.data()}) {
        remove_whole(folder);
        ensure_directory(folder);
    }
    publish();
}

void RoundBoard::publish() {
    text_ = text_of(call_);
    replace_in_passing(folder_.call(), text_);
}

const std::vector<RoundMember>& RoundBoard::members() {
    if (looked_ && clock_.now() - *looked_ < board_look) return members_;
    looked_ = clock_.now();
    members_.clear();
    std::error_code failed;
    for (std::filesystem::directory_iterator at(folder_.members(), failed), end; !failed && at != end;
         at.increment(failed)) {
        auto member = member_from(try_read_text(at->path()).value_or(""));
        if (member && member->lead == call_.lead && member->name == at->path().filename() && lives(member->name))
            members_.push_back(std::move(*member));
    }
    std::ranges::sort(members_, {}, &RoundMember::name);
    return members_;
}

void RoundBoard::ask(const std::string& what, const Eigen::MatrixXd& question, std::vector<RoundDeal> deals) {
    const auto former = std::exchange(call_.question, std::to_string(++call_.number) + ".npy");
    call_.what = what;
    call_.deals = std::move(deals);
    call_.pause_ms = 1U + static_cast<unsigned>(call_.deals.size()) / members_a_millisecond;
    replace_in_passing(folder_.data() + "/" + call_.question, npy_of(question));
    publish();
    if (!former.empty()) remove_whole(folder_.data() + "/" + former);
}

std::optional<std::vector<Eigen::MatrixXd>> RoundBoard::answers(const Patience& patience) {
    std::vector<std::optional<Eigen::MatrixXd>> heard(call_.deals.size());
    const auto said = answer_text(call_);
    auto next_look = clock_.now() + board_look;
    for (std::size_t missing = heard.size(); missing > 0;) {
        for (std::size_t i = 0; i < heard.size(); ++i) {
            const auto& name = call_.deals[i].member;
            if (heard[i] || try_read_text(folder_.answer(name)) != said) continue;
            const auto data = folder_.data(name, call_.number);
            heard[i] = matrix_of(read_text_inside(data), data);
            --missing;
        }
        if (missing == 0) break;
        clock_.sleep(std::chrono::milliseconds(call_.pause_ms));
        if (clock_.now() < next_look) continue;
        next_look = clock_.now() + board_look;
        patience();
        for (std::size_t i = 0; i < heard.size(); ++i)
            if (!heard[i] && !lives(call_.deals[i].member)) {
                looked_.reset();
                return std::nullopt;
            }
        // One that led before and was held up may have written over it.
        if (try_read_text(folder_.call()) != text_) publish();
    }
    std::vector<Eigen::MatrixXd> out;
    for (auto& answer : heard) out.push_back(std::move(*answer));
    return out;
}

}  // namespace hlaunch
