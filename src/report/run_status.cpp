#include "report/run_status.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

#include "base/clock.h"
#include "base/json_fields.h"
#include "report/merge_status.h"

namespace hlaunch {
namespace {

constexpr double silence_s = 30.0;  // status.json is written each 2 s; network file systems show it late

double seconds_between(std::chrono::system_clock::time_point from, std::chrono::system_clock::time_point to) {
    return std::max(0.0, std::chrono::duration<double>(to - from).count());
}

bool is_over(const std::string& state) {
    return state == "done" || state == "failed" || state == "stopped" || state == "lost";
}

// Stages whose parts are numbered; the others have one instance and a folder of their own.
bool has_parts(const std::string& stage) {
    return stage == "cmc" || stage == "command";
}

// Of a campaign: a part is a scan, known by its name.
bool is_of_scans(const std::string& stage) {
    return stage == "check" || stage == "fit" || stage == "sample" || stage == "posterior";
}

class Reading {
  public:
    explicit Reading(const RunRecords& records) : records_(records) {
        out_.folder = records.folder;
        out_.dropped_bytes = records.dropped_bytes;
        out_.damaged_lines = records.damaged_lines;
        out_.copied = records.owner_state == OwnerState::copied;
        if (records.owner) {
            out_.host = records.owner->host;
            out_.pid = records.owner->pid;
        }
        for (const auto& part : list_in(records.plan, "parts"))
            if (text_in(part, "kind") == "shards") by_shards_ = true;
    }

    RunStatus read() {
        const auto refused = of_refused_starts();
        for (std::size_t i = 0; i < records_.events.size(); ++i)
            if (!refused[i]) take(records_.events[i]);
        count_tasks();
        take_plan();
        take_live();
        out_.merge = merge_status(records_.merge, out_.is_command || !merged_ ? std::nullopt : merged_);
        judge();
        for (auto& stage : out_.stages) finish(stage);
        count_shards();
        times();
        return std::move(out_);
    }

  private:
    StageStatus& stage(const std::string& name) {
        auto found =
            std::find_if(out_.stages.begin(), out_.stages.end(), [&](const auto& s) { return s.name == name; });
        if (found != out_.stages.end()) return *found;
        out_.stages.push_back({.name = name, .state = {}, .parts = {}});
        return out_.stages.back();
    }

    PartStatus& part(const std::string& stage_name, unsigned number) {
        auto [at, fresh] = index_.try_emplace({stage_name, number}, 0);
        auto& parts = stage(stage_name).parts;
        if (!fresh) return parts[at->second];
        at->second = parts.size();
        PartStatus made;
        made.part = number;
        if (const auto scan = scans_.find(number); is_of_scans(stage_name) && scan != scans_.end()) {
            made.label = scan->second;
            made.log = fmt::format("scans/{}/{}/stderr.log", scan->second,
                                   stage_name == "sample"      ? "cmc"
                                   : stage_name == "posterior" ? "posterior"
                                                               : "nlsq");
            made.state = "waiting";
            parts.push_back(std::move(made));
            return parts.back();
        }
        made.label = has_parts(stage_name) ? fmt::format("part {:03}", number) : stage_name;
        made.state = "waiting";
        made.log = (has_parts(stage_name) ? fmt::format("parts/{:03}", number) : stage_name) + "/stderr.log";
        parts.push_back(std::move(made));
        return parts.back();
    }

    static bool is_of_commands(const Event& event) {
        return event.as<events::Command>() || event.as<events::Queue>() || event.as<events::Campaign>();
    }

    static bool is_first_of_start(const Event& event) {
        const auto* start = event.as<events::Start>();
        return is_of_commands(event) || (start && start->stage == "survey" && start->attempt.value_or(0) <= 1);
    }

    // Starts of another analysis in this folder, which were refused once the survey had told so: nothing of the run's.
    [[nodiscard]] std::vector<bool> of_refused_starts() {
        std::vector<bool> out(records_.events.size());
        std::size_t first = 0;
        bool refused = false;
        for (std::size_t i = 0; i < out.size(); ++i) {
            if (is_first_of_start(records_.events[i])) first = i, refused = false;
            if (records_.events[i].as<events::Refused>()) {
                refused = true;
                std::fill(out.begin() + static_cast<std::ptrdiff_t>(first),
                          out.begin() + static_cast<std::ptrdiff_t>(i), true);
            }
            out[i] = refused;
        }
        last_refused_ = refused;
        return out;
    }

    // hlaunch was started (again): what it does anew waits.
    void begin() {
        ++out_.starts;
        began_.reset();
        up_began_.reset();
        why_.clear();
        signal_.reset();
        merged_.reset();
        sampling_ = false;
        for (auto& one : out_.stages) {
            if (is_of_scans(one.name)) continue;  // what failed is not run again unless that is asked for
            for (auto& p : one.parts)
                if (p.state != "done" || one.name == "command" || (one.name == "cmc" && by_shards_)) {
                    p.state = "waiting";
                    p.outcome.reset();
                    p.end.clear();
                    p.attempts = 0;
                    p.seconds = 0.0;
                }
        }
    }

    void take(const Event& event) {
        if (is_first_of_start(event)) begin();
        const auto time = parse_utc_text(event.time);
        if (time && !began_) began_ = time;
        if (time) last_ = time;
        const auto* start = event.as<events::Start>();
        const auto* end = event.as<events::End>();
        // What a start enters for a former one is told by its own clock, which has just begun.
        if (event.up && (end == nullptr || end->entered_by.empty())) {
            if (!up_began_) up_began_ = event.up;
            up_last_ = event.up;
        }
        if (start != nullptr) return take(*start, time);
        if (end != nullptr) return take(*end);
        if (is_of_commands(event)) out_.is_command = true;
        if (event.as<events::Sampling>()) sampling_ = true;
        if (event.as<events::Sampled>()) sampled_ = true;
        if (const auto* scan = event.as<events::Scan>()) scans_[scan->part] = scan->name;
        if (const auto* queue = event.as<events::Queue>()) {
            out_.queue.emplace();
            out_.queue->tasks = queue->tasks;
            for (auto& [key, task] : tasks_)
                if (task.state == "running") task.state = "waiting";
        }
        if (const auto* failed = event.as<events::Failed>()) why_ = failed->why;
        if (const auto* interrupted = event.as<events::Interrupted>()) signal_ = std::min(interrupted->signal, 64);
        if (const auto* merged = event.as<events::Merged>()) merged_ = merged->passed;
    }

    void take(const events::Start& start, std::optional<std::chrono::system_clock::time_point> time) {
        if (!start.key.empty()) tasks_[start.key] = {.number = start.task.value_or(0), .state = "running"};
        if (start.stage.empty()) return;
        const auto number = start.part.value_or(0);
        auto& p = part(start.stage, number);
        p.state = "running";
        p.attempts = std::max(p.attempts + 1, std::min(start.attempt.value_or(0), 1000000U));
        started_[{start.stage, number}] = time;
    }

    void take(const events::End& end) {
        const bool done = end.outcome == Outcome::done, stopped = end.outcome == Outcome::stopped;
        if (!end.key.empty())
            tasks_[end.key] = {.number = end.task.value_or(0),
                               .state = end.again || stopped ? "waiting"
                                        : done               ? "done"
                                                             : "failed",
                               .outcome = end.outcome ? std::string(to_string(*end.outcome)) : "",
                               .end = end.status};
        if (end.stage.empty()) return;
        auto& p = part(end.stage, end.part.value_or(0));
        p.end = end.failure.empty() ? end.status : end.failure;
        p.outcome = end.outcome;
        // Journals of earlier versions know the status alone.
        if (!p.outcome) p.outcome = end.status == "exit code 0" ? Outcome::done : Outcome::crashed;
        p.seconds = std::max(0.0, end.seconds.value_or(0.0));
        p.resident_bytes = end.peak_resident_bytes.value_or(0);
        p.broken_promises = end.proof;
        p.state = end.again                        ? "waiting"
                  : *p.outcome == Outcome::done    ? "done"
                  : *p.outcome == Outcome::stopped ? "stopped"
                  : *p.outcome == Outcome::lost    ? "lost"
                                                   : "failed";
    }

    struct Task {
        std::uint64_t number = 0;
        std::string state, outcome{}, end{};
    };

    void count_tasks() {
        if (!out_.queue) return;
        auto& queue = *out_.queue;
        constexpr std::size_t most_failures = 10;
        for (const auto& [key, task] : tasks_) {
            if (task.state == "done") ++queue.done;
            if (task.state == "running") ++queue.running;
            if (task.state != "failed") continue;
            ++queue.failed;
            queue.failures.push_back({task.number, task.outcome, task.end});
        }
        std::sort(queue.failures.begin(), queue.failures.end(),
                  [](const auto& a, const auto& b) { return a.task < b.task; });
        if (queue.failures.size() > most_failures) queue.failures.resize(most_failures);
    }

    void take_plan() {
        std::vector<StageStatus> sorted;
        for (const auto& planned : list_in(records_.plan, "stages")) {
            const auto name = text_in(planned, "name");
            if (name.empty()) continue;
            stage(name);
            for (const auto& instance : list_in(planned, "instances")) {
                const auto number =
                    static_cast<unsigned>(std::min<std::uint64_t>(count_in(instance, "part"), 1U << 24U));
                auto& p = part(name, number);
                const auto& placements = list_in(records_.plan, "placements");
                const auto placement = count_in(instance, "placement");
                if (flag_in(instance, "on_whole_machine"))
                    p.cpus = text_in(field_in(records_.plan, "whole_machine"), "cpus");
                else if (placement < placements.size())
                    p.cpus = text_in(placements[placement], "cpus");
            }
        }
        for (const auto& planned : list_in(records_.plan, "parts")) {
            const auto number = static_cast<unsigned>(std::min<std::uint64_t>(count_in(planned, "index"), 1U << 24U));
            if (text_in(planned, "kind") != "shards" || !index_.contains({"cmc", number})) continue;
            auto& p = part("cmc", number);
            for (const auto& shard : list_in(planned, "shards")) {
                if (!shard.is_number_unsigned()) continue;
                const auto id = shard.get<std::uint64_t>();
                ++p.shards_total;
                planned_.insert(static_cast<unsigned>(id));
                if (records_.captured.contains(static_cast<unsigned>(id))) ++p.shards_done;
            }
        }
        // As they follow each other, whatever the journal saw first.
        static constexpr std::array<std::string_view, 9> order{"survey", "check", "fit",     "sample",  "posterior",
                                                               "nlsq",   "cmc",   "command", "evaluate"};
        const auto rank = [](const StageStatus& s) {
            return std::find(order.begin(), order.end(), s.name) - order.begin();
        };
        std::stable_sort(out_.stages.begin(), out_.stages.end(),
                         [&](const auto& a, const auto& b) { return rank(a) < rank(b); });
        for (auto& one : out_.stages) {
            std::sort(one.parts.begin(), one.parts.end(), [](const auto& a, const auto& b) { return a.part < b.part; });
            for (std::size_t i = 0; i < one.parts.size(); ++i) index_[{one.name, one.parts[i].part}] = i;
        }
    }

    [[nodiscard]] bool goes_on() const { return is_going_on(records_.live, records_.owner, records_.owner_state); }

    // What the journal does not know: how far those are that run.
    void take_live() {
        if (!goes_on() || !records_.live) return;
        for (const auto& now : records_.live->instances) {
            const auto found = index_.find({records_.live->stage, now.part});
            if (found == index_.end() && !is_of_scans(records_.live->stage)) continue;
            auto& p = part(records_.live->stage, now.part);
            if (is_over(p.state) || is_over(now.state)) continue;  // the journal is newer, or says more
            p.state = now.state;
            p.seconds = now.elapsed_s;
            p.cpus = now.cpus;
            p.cpu_percent = now.cpu_percent;
            p.resident_bytes = now.resident_bytes;
            p.processes = now.processes;
            if (p.shards_total == 0) {
                p.shards_total = now.units_total;
                p.shards_done = std::min(now.units_done, now.units_total);
            }
        }
    }

    [[nodiscard]] bool any_part(const char* state) const {
        return std::any_of(out_.stages.begin(), out_.stages.end(), [&](const auto& one) {
            return std::any_of(one.parts.begin(), one.parts.end(), [&](const auto& p) { return p.state == state; });
        });
    }

    void judge() {
        if (records_.live && records_.live->ended && !last_refused_) out_.exit_code = records_.live->exit_code;
        out_.why = why_;
        out_.signal = signal_;
        out_.workers = records_.workers;
        if (!goes_on() && any_worker("running")) {
            out_.state = RunState::running;
            return;
        }
        if (goes_on()) {
            const auto heard = records_.live ? parse_utc_text(records_.live->time) : std::nullopt;
            if (records_.owner_state == OwnerState::elsewhere && heard)
                out_.heard_s = seconds_between(*heard, records_.now);
            out_.state = out_.heard_s.value_or(0.0) > silence_s ? RunState::silent : RunState::running;
            out_.why.clear();
            out_.signal.reset();
            return;
        }
        // What is said to run has lost its supervisor, and that takes its trees along.
        for (auto& one : out_.stages)
            for (auto& p : one.parts)
                if (!is_over(p.state) && p.state != "waiting") {
                    p.state = "lost";
                    p.outcome = Outcome::lost;
                }
        if (out_.starts == 0 && records_.events.empty() && !records_.live) return;
        out_.state = how_it_ended();
    }

    [[nodiscard]] bool any_worker(const char* state) const {
        return std::ranges::any_of(out_.workers, [&](const auto& worker) { return worker.state == state; });
    }

    [[nodiscard]] RunState how_it_ended() {
        if (merged_) return *merged_ ? RunState::done : RunState::failed;
        // Ranks of a former start that died have been made up for.
        if (out_.is_command && out_.exit_code == 0) return RunState::done;
        if (any_worker("failed") || any_worker("gone")) return RunState::failed;
        if (any_worker("stopped")) return RunState::stopped;
        if (signal_) return RunState::stopped;
        if (!why_.empty()) return RunState::failed;
        if (out_.exit_code) {
            if (*out_.exit_code > 128) out_.signal = *out_.exit_code - 128;
            return *out_.exit_code == 0 ? RunState::done : out_.signal ? RunState::stopped : RunState::failed;
        }
        if (out_.queue) {
            if (out_.queue->failed > 0) return RunState::failed;
            return out_.queue->done >= out_.queue->tasks ? RunState::done : RunState::gone;
        }
        if (any_part("failed")) return RunState::failed;
        if (any_part("stopped")) return RunState::stopped;
        const bool all_done = out_.is_command && !any_part("lost") && !any_part("waiting");
        return all_done ? RunState::done : RunState::gone;
    }

    // Of an exact posterior, whose rounds are no parts.
    [[nodiscard]] std::string state_of_sampler() const {
        if (merged_ || sampled_) return "done";
        if (!sampling_) return "waiting";
        switch (out_.state) {
            case RunState::running:
            case RunState::silent:
                return "running";
            case RunState::stopped:
                return "stopped";
            case RunState::failed:
                return "failed";
            default:
                return "lost";
        }
    }

    void finish(StageStatus& one) const {
        const auto count = [&](const char* state) {
            return std::count_if(one.parts.begin(), one.parts.end(), [&](const auto& p) { return p.state == state; });
        };
        // Not in a campaign, where each scan has one. Its processes are no parts: between two rounds none of them runs.
        if (one.name == "posterior" && scans_.empty()) {
            one.state = state_of_sampler();
            return;
        }
        const auto all = static_cast<long>(one.parts.size());
        one.state = count("running") + count("starting") + count("stopping") > 0        ? "running"
                    : count("failed") > 0                                               ? "failed"
                    : count("lost") > 0                                                 ? "lost"
                    : count("stopped") > 0                                              ? "stopped"
                    : count("done") == all && (all > 0 || out_.state == RunState::done) ? "done"
                                                                                        : "waiting";
    }

    void count_shards() {
        if (planned_.empty() && records_.captured.empty()) return;
        auto all = planned_;
        all.insert(records_.captured.begin(), records_.captured.end());
        out_.shards_total = all.size();
        out_.shards_done = records_.captured.size();
    }

    void times() {
        const bool going_on = out_.state == RunState::running || out_.state == RunState::silent;
        // The wall clock may have been set meanwhile: it counts only where nothing better is known.
        if (going_on && records_.live && records_.live->elapsed_s > 0.0)
            out_.elapsed_s = records_.live->elapsed_s;
        else if (!going_on && up_began_ && up_last_)
            out_.elapsed_s = std::max(0.0, *up_last_ - *up_began_);
        else if (began_)
            out_.elapsed_s = seconds_between(*began_, going_on ? records_.now : last_.value_or(*began_));
        if (out_.state != RunState::running) return;
        out_.eta_s = records_.live ? records_.live->eta_s : std::nullopt;
        if (!out_.eta_s) out_.eta_s = from_finished_parts();
        if (records_.live && !records_.live->instances.empty()) return;
        for (auto& [key, time] : started_)
            if (auto& p = part(key.first, key.second); time && p.state == "running")
                p.seconds = seconds_between(*time, records_.now);
    }

    // Those that run need as long as those that are done, and so does each that waits.
    [[nodiscard]] std::optional<double> from_finished_parts() const {
        for (const auto& one : out_.stages) {
            if (one.state != "running") continue;
            double sum = 0.0, left = 0.0;
            unsigned done = 0, running = 0, waiting = 0;
            for (const auto& p : one.parts)
                if (p.state == "done") sum += p.seconds, ++done;
            if (done == 0) return std::nullopt;
            const double each = sum / done;
            for (const auto& p : one.parts) {
                if (p.state == "waiting") ++waiting;
                if (is_over(p.state) || p.state == "waiting") continue;
                ++running;
                left = std::max(left, each - p.seconds);
            }
            return left + each * waiting / std::max(1U, running);
        }
        return std::nullopt;
    }

    const RunRecords& records_;
    RunStatus out_;
    bool by_shards_ = false, last_refused_ = false;
    bool sampling_ = false, sampled_ = false;  // of an exact posterior: in this start, ever
    std::map<std::pair<std::string, unsigned>, std::size_t> index_;
    std::map<std::pair<std::string, unsigned>, std::optional<std::chrono::system_clock::time_point>> started_;
    std::set<unsigned> planned_;
    std::map<std::string, Task> tasks_;      // by key
    std::map<unsigned, std::string> scans_;  // of a campaign: names by part
    std::optional<std::chrono::system_clock::time_point> began_, last_;
    std::optional<double> up_began_, up_last_;  // seconds on a clock that nobody sets
    std::string why_;
    std::optional<int> signal_;
    std::optional<bool> merged_;
};

}  // namespace

std::string_view to_string(RunState state) {
    constexpr std::array<std::string_view, 7> names{"running", "silent", "done",   "failed",
                                                    "stopped", "gone",   "planned"};
    return names[static_cast<std::size_t>(state)];
}

RunStatus run_status(const RunRecords& records) {
    return Reading(records).read();
}

int exit_code_of(const RunStatus& status) {
    const bool fine = status.state == RunState::running || status.state == RunState::done ||
                      status.state == RunState::planned || status.state == RunState::silent;
    const bool failed = std::any_of(status.stages.begin(), status.stages.end(), [](const auto& stage) {
        return std::any_of(stage.parts.begin(), stage.parts.end(), [](const auto& p) { return p.state == "failed"; });
    });
    return fine && !failed && !(status.queue && status.queue->failed > 0) ? 0 : 1;
}

}  // namespace hlaunch
