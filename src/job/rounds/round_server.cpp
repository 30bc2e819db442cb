#include "job/rounds/round_server.h"

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "base/error.h"
#include "homodyne/app/facts.h"
#include "job/rounds/density_processes.h"
#include "job/rounds/round_board.h"
#include "job/rounds/staged_rounds.h"
#include "job/session/interrupts.h"
#include "merge/npz/npy_matrix.h"
#include "os/files/exclusive_file.h"
#include "os/files/file.h"
#include "run/journal/journal_lock.h"
#include "run/watch/stop_file.h"

namespace hlaunch {
namespace {

using homodyne::DensityAnswer;

constexpr auto leader_look = std::chrono::seconds(1);
constexpr auto longest_pause = std::chrono::milliseconds(50);
constexpr auto lively = std::chrono::seconds(2);  // after a round the next is near

DensityAnswer answer_of_word(const std::string& word) {
    for (const auto what : {DensityAnswer::sums, DensityAnswer::quadratic, DensityAnswer::residuals,
                            DensityAnswer::coarse, DensityAnswer::yaml})
        if (word == word_of(what)) return what;
    throw failure("a round asks for {}, which this hlaunch does not know; start the same one on all nodes", word);
}

class RoundServer {
  public:
    RoundServer(JobContext& context, const RunFolder& run, const Plan& placements)
        : context_(context),
          run_(run),
          board_{run.posterior() + "/board"},
          placements_(placements),
          name_(std::filesystem::path(context.folder.root).filename().native()) {
        ensure_directory(board_.root);
        // Where there is none: a name that is there before it is looked at.
        static_cast<void>(ExclusiveFile(board_.root, "").publish(board_.call()));
    }

    // Whether there was something to do.
    bool look() {
        auto text = try_read_text(board_.call());
        if (!text || *text == seen_) return false;
        seen_ = std::move(*text);
        const auto call = call_from(seen_);
        if (!call) return false;
        pause_ = std::chrono::milliseconds(call->pause_ms);
        if (call->lead != me_.lead && !get_ready(*call)) {
            seen_.clear();
            return false;
        }
        if (call->number == 0) return true;
        for (const auto& deal : call->deals)
            if (deal.member == name_ && deal.start == me_.start) answer(*call, deal);
        return true;
    }
    [[nodiscard]] std::size_t answered() const { return answered_; }
    [[nodiscard]] std::chrono::milliseconds shortest_pause() const { return pause_; }

  private:
    // False: the survey of a start before, to which the call belongs, is being replaced.
    bool get_ready(const RoundCall& call) {
        if (!processes_ || key_ != call.key) {
            const auto survey = try_read_text(run_.survey().root + "/facts.json");
            if (!survey) return false;
            processes_.reset();
            rounds_.reset();
            key_ = call.key;
            const auto facts = homodyne::facts_from_json(nlohmann::json::parse(*survey), context_.analysis.config);
            rounds_ = std::make_unique<StagedRounds>(context_, plan_of_density_workers(placements_, facts.points));
            processes_ = std::make_unique<DensityProcesses>(*rounds_, context_.folder.posterior() + "/round",
                                                            run_.posterior() + "/points", key_);
        }
        processes_->import();
        me_ = {.name = name_, .start = new_start(), .lead = call.lead, .processes = processes_->count()};
        replace_in_passing(board_.answer(name_), "ready\n");  // a name that is there before it is looked at
        replace_in_passing(board_.member(name_), text_of(me_));
        return true;
    }

    void answer(const RoundCall& call, const RoundDeal& deal) {
        Eigen::MatrixXd answer;
        try {
            answer = processes_->answer(answer_of_word(call.what), board_.data() + "/" + call.question, deal.first, "");
        } catch (const Error&) {
            // Of a round that was dealt anew meanwhile the question is gone.
            if (try_read_text(board_.call()).value_or(seen_) != seen_) return;
            throw;
        }
        const auto data = board_.data(name_, call.number);
        replace_in_passing(data, npy_of(answer));
        replace_in_passing(board_.answer(name_), answer_text(call));
        if (!last_.empty()) remove_whole(last_);
        last_ = data;
        ++answered_;
    }

    JobContext& context_;
    const RunFolder& run_;
    BoardFolder board_;
    const Plan& placements_;
    std::string name_, seen_, key_, last_;
    std::unique_ptr<StagedRounds> rounds_;
    std::unique_ptr<DensityProcesses> processes_;
    RoundMember me_;
    std::size_t answered_ = 0;
    std::chrono::milliseconds pause_{1};
};

}  // namespace

std::size_t serve_rounds(JobContext& context, const RunFolder& run, const Plan& placements,
                         const BlockedSignals& signals) {
    RoundServer server(context, run, placements);
    auto& clock = context.clock;
    auto last = clock.now(), next_look = last;
    auto pause = server.shortest_pause();
    for (;;) {
        check(signals);
        if (server.look()) {
            last = clock.now();
            pause = server.shortest_pause();
        } else {
            if (clock.now() - last > lively) pause = std::min<std::chrono::milliseconds>(pause * 2, longest_pause);
            clock.sleep(pause);
        }
        if (clock.now() < next_look) continue;
        next_look = clock.now() + leader_look;
        if (take_stop_file(context.folder.stop())) throw Interrupted{SIGTERM};
        context.journal.heartbeat();
        if (lock_status(run.lock()).state == LockState::free) return server.answered();
    }
}

}  // namespace hlaunch
