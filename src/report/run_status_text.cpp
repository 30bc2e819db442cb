#include "report/run_status_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <cstring>
#include <functional>
#include <map>
#include <vector>

#include "base/text/printable.h"
#include "base/text/quantity.h"

namespace hlaunch {
namespace {

constexpr std::size_t least_label_columns = 12, state_columns = 10, least_columns = 40;
constexpr const char* again = "the same command again does the rest";

// "a b c" in lines of at most so many columns, each after the same blanks.
std::string wrapped(std::string_view text, std::size_t indent, std::size_t columns) {
    const std::size_t room = columns > indent + 20 ? columns - indent : 20;
    std::string out, line;
    const auto put = [&] {
        if (!line.empty()) out += std::string(indent, ' ') + line + "\n";
        line.clear();
    };
    while (!text.empty()) {
        const auto end = std::min(text.find(' '), text.size());
        const auto word = text.substr(0, end);
        if (!line.empty() && columns_of(line) + 1 + columns_of(word) > room) put();
        if (!line.empty() && !word.empty()) line += ' ';
        line += word;
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    put();
    return out;
}

std::string painted(const Style& style, const std::string& state, const std::string& text) {
    if (state == "failed" || state == "lost") return style.failure(text);
    if (state == "stopped" || state == "stopping") return style.warning(text);
    if (state == "running" || state == "starting") return style.bold(text);
    if (state == "done" || state == "merged") return style.good(text);
    return style.dim(text);
}

std::string signal_name(int number) {
    const char* name = sigabbrev_np(number);
    return name != nullptr ? fmt::format("SIG{}", name) : fmt::format("signal {}", number);
}

class Screen {
  public:
    Screen(const RunStatus& status, const Style& style, ScreenSize size)
        : status_(status), style_(style), columns_(std::max(size.columns, least_columns)), rows_(size.rows) {
        for (const auto& stage : status.stages)
            for (const auto& part : stage.parts) {
                tries_ = tries_ || part.attempts > 1;
                shards_ = shards_ || part.shards_total > 0;
                usage_ = usage_ || part.processes > 0;
                label_columns_ = std::max(label_columns_, std::min(columns_of(part.label) + 4, columns_ / 2));
            }
    }

    std::string text() {
        std::string out = headline() + "\n";
        if (!status_.stages.empty()) out += heading();
        const auto tail = queue_block() + workers_block() + merge_block() + notes();
        const auto used = static_cast<std::size_t>(std::count(out.begin(), out.end(), '\n') +
                                                   std::count(tail.begin(), tail.end(), '\n'));
        const auto room = rows_ == 0 ? std::size_t{0} : std::max<std::size_t>(rows_, used + 5) - used - 1;
        return out + stages(room) + tail;
    }

  private:
    [[nodiscard]] std::string who() const {
        return status_.pid > 0 ? fmt::format("pid {} on {}", status_.pid, printable(status_.host)) : "";
    }

    [[nodiscard]] std::string headline() const {
        const auto time = format_duration(status_.elapsed_s);
        std::string state(to_string(status_.state)), rest;
        switch (status_.state) {
            case RunState::running:
                rest = fmt::format(" for {}{} ({})", time,
                                   status_.eta_s ? fmt::format(", about {} left", format_duration(*status_.eta_s)) : "",
                                   who());
                break;
            case RunState::silent:
                rest = fmt::format(" for {} ({}): look there whether it still runs",
                                   format_duration(status_.heard_s.value_or(0.0)), who());
                break;
            case RunState::done:
                if (status_.merge) state = "merged";
                rest = fmt::format(" in {}", time);
                if (status_.merge && !status_.merge->accepted.empty())
                    rest += fmt::format(", though {} failed (--accept)",
                                        printable(fmt::format("{}", fmt::join(status_.merge->accepted, ", "))));
                break;
            case RunState::failed:
                rest = fmt::format(" after {}", time);
                break;
            case RunState::stopped:
                rest = fmt::format("{} after {}; {}", status_.signal ? " by " + signal_name(*status_.signal) : "", time,
                                   again);
                break;
            case RunState::gone:
                state = status_.copied ? "copied" : "gone";
                rest = status_.copied ? fmt::format(" while it ran ({}); {}", who(), again)
                                      : fmt::format(": hlaunch{} ended without a word; {}",
                                                    who().empty() ? "" : " (" + who() + ")", again);
                break;
            case RunState::planned:
                rest = ": nothing was started yet";
                break;
        }
        auto name = printable(status_.folder);
        const auto room = columns_ / 2;
        if (columns_of(name) > room) {  // the end of a path says more than its beginning
            auto at = name.size() - std::min(name.size(), room - 2);
            while (at < name.size() && (static_cast<unsigned char>(name[at]) & 0xC0U) == 0x80U) ++at;
            name = ".." + name.substr(at);
        }
        const auto plain = name + ": " + state + rest;
        if (columns_of(plain) <= columns_)
            return style_.bold(name) + ": " + painted(style_, colour_of(status_.state), state) + rest + "\n";
        const auto lines = wrapped(rest.substr(rest.find_first_not_of(" :")), 2, columns_);
        return style_.bold(name) + ": " + painted(style_, colour_of(status_.state), state) + "\n" + lines;
    }

    static std::string colour_of(RunState state) {
        if (state == RunState::gone) return "failed";
        if (state == RunState::silent) return "stopped";
        return std::string(to_string(state));
    }

    [[nodiscard]] std::string heading() const {
        return style_.dim(row("", "state", "shards", "tries", "time", "cpu", "memory", "cpus")) + "\n";
    }

    // Without trailing blanks, cut to the screen. The state may hold colour codes: its blanks come after it.
    [[nodiscard]] std::string row(const std::string& label, const std::string& state, const std::string& shards,
                                  const std::string& tries, const std::string& time, const std::string& cpu,
                                  const std::string& memory, const std::string& cpus) const {
        auto out = fmt::format("{:<{}}{:<{}}", cut_to(label, label_columns_ - 1), label_columns_, state, state_columns);
        if (shards_) out += fmt::format("{:>9}", shards);
        if (tries_) out += fmt::format("{:>7}", tries);
        out += fmt::format("{:>9}", time);
        if (usage_) out += fmt::format("{:>8}", cpu);
        out += fmt::format("{:>11}", memory);
        if (!cpus.empty()) out += "  " + cpus;
        out.resize(out.find_last_not_of(' ') + 1);
        return cut_to(out, columns_);
    }

    [[nodiscard]] std::string coloured(const std::string& line, const std::string& state) const {
        const auto at = line.find(state, label_columns_);
        if (at != label_columns_) return line;
        if (state == "waiting") return style_.dim(line);
        return line.substr(0, at) + painted(style_, state, state) + line.substr(at + state.size());
    }

    [[nodiscard]] std::string part_row(const PartStatus& part, const std::string& indent) const {
        const bool runs = part.processes > 0;
        const auto state = part.state.empty() ? "waiting" : cut_to(printable(part.state), state_columns - 1);
        const auto line = row(indent + printable(part.label), state,
                              part.shards_total > 0 ? fmt::format("{}/{}", part.shards_done, part.shards_total) : "",
                              part.attempts > 1 ? std::to_string(part.attempts) : "",
                              part.seconds > 0.0 ? format_duration(part.seconds) : "",
                              runs ? fmt::format("{:.0f}%", std::min(part.cpu_percent, 999999.0)) : "",
                              part.resident_bytes > 0 ? format_bytes(part.resident_bytes) : "", printable(part.cpus));
        return coloured(line, state) + "\n" + explanation(part) + promises(part);
    }

    [[nodiscard]] std::string explanation(const PartStatus& part) const {
        if (part.state != "failed" && part.state != "lost") return {};
        auto why = part.outcome ? std::string(to_string(*part.outcome)) : "";
        if (!part.end.empty()) why += fmt::format("{}{}", why.empty() ? "" : ", ", printable(part.end));
        if (part.outcome && !remedy_of(*part.outcome).empty()) why += fmt::format(": {}", remedy_of(*part.outcome));
        return wrapped(why, label_columns_, columns_) +
               style_.dim(wrapped("log: " + printable(part.log), label_columns_, columns_));
    }

    [[nodiscard]] std::string promises(const PartStatus& part) const {
        std::string out;
        for (const auto& promise : part.broken_promises)
            out += style_.warning(wrapped("not as planned: " + printable(promise), label_columns_, columns_));
        return out;
    }

    static int weight(const PartStatus& part) {
        if (part.state == "failed" || part.state == "lost") return 0;
        if (part.state == "running" || part.state == "stopping" || part.state == "starting") return 1;
        if (part.state == "stopped") return 2;
        return part.state == "waiting" ? 3 : 4;
    }

    [[nodiscard]] std::string stages(std::size_t room) const {
        std::string out;
        for (const auto& stage : status_.stages) {
            const bool alone = stage.parts.size() == 1 && stage.parts.front().label == stage.name;
            if (alone) {
                out += part_row(stage.parts.front(), "");
            } else {
                out += stage_row(stage);
                out += part_rows(stage, room);
            }
        }
        return out;
    }

    [[nodiscard]] std::string stage_row(const StageStatus& stage) const {
        const auto done = static_cast<std::size_t>(
            std::count_if(stage.parts.begin(), stage.parts.end(), [](const auto& p) { return p.state == "done"; }));
        const bool sharded = stage.name == "cmc" && status_.shards_total > 0;
        const auto line =
            row(printable(stage.name), stage.state,
                sharded ? fmt::format("{}/{}", status_.shards_done, status_.shards_total) : "", "", "", "", "", "");
        const auto counted =
            stage.parts.size() > 1 ? fmt::format("   {} of {} parts done", done, stage.parts.size()) : "";
        return coloured(line, stage.state) + (columns_of(line + counted) <= columns_ ? style_.dim(counted) : "") + "\n";
    }

    // Where not all fit, those that say most; the others are counted.
    [[nodiscard]] std::string part_rows(const StageStatus& stage, std::size_t room) const {
        std::vector<std::string> rows;
        for (const auto& part : stage.parts) rows.push_back(part_row(part, "  "));
        std::size_t lines = status_.stages.size();
        for (const auto& text : rows) lines += static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
        std::vector<bool> shown(rows.size(), true);
        std::map<std::string, unsigned> hidden;
        if (room > 0 && lines > room) {
            std::vector<std::size_t> order(rows.size());
            for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
            std::stable_sort(order.begin(), order.end(),
                             [&](auto a, auto b) { return weight(stage.parts[a]) < weight(stage.parts[b]); });
            std::size_t used = status_.stages.size() + 1;
            for (const auto i : order) {
                used += static_cast<std::size_t>(std::count(rows[i].begin(), rows[i].end(), '\n'));
                shown[i] = used <= room;
                if (!shown[i]) ++hidden[stage.parts[i].state];
            }
        }
        std::string out;
        for (std::size_t i = 0; i < rows.size(); ++i)
            if (shown[i]) out += rows[i];
        if (hidden.empty()) return out;
        std::string rest;
        for (const auto& [state, number] : hidden)
            rest += fmt::format("{}{} more {}", rest.empty() ? "" : ", ", number, printable(state));
        return out + style_.dim(cut_to("  ... " + rest, columns_)) + "\n";
    }

    [[nodiscard]] std::string queue_block() const {
        if (!status_.queue) return {};
        const auto& queue = *status_.queue;
        const auto waiting = queue.tasks - std::min(queue.tasks, queue.done + queue.failed + queue.running);
        std::string out = fmt::format("\n{} of {} tasks done, {} failed, {} running, {} waiting\n", queue.done,
                                      queue.tasks, queue.failed, queue.running, waiting);
        for (const auto& failure : queue.failures)
            out += cut_to(fmt::format("  task {}: {}, {}", failure.task, printable(failure.outcome),
                                      printable(failure.end)),
                          columns_) +
                   "\n";
        if (queue.failed > queue.failures.size())
            out += style_.dim(fmt::format("  ... {} more failed\n", queue.failed - queue.failures.size()));
        return out;
    }

    [[nodiscard]] std::string workers_block() const {
        std::string out;
        for (const auto& worker : status_.workers) {
            const auto count = worker.rounds.value_or(worker.shards.size());
            const auto line =
                fmt::format("{:<{}}{:<{}}{} {}{}{}", cut_to(worker.name, label_columns_ - 1), label_columns_,
                            worker.state, state_columns, count, worker.rounds ? "round" : "shard",
                            count == 1 ? "" : "s", worker.host.empty() ? "" : "  " + worker.host);
            out += coloured(cut_to(line, columns_), worker.state) + "\n";
            if (!worker.why.empty()) out += wrapped(worker.why, label_columns_, columns_);
        }
        return out;
    }

    [[nodiscard]] std::string merge_block() const {
        if (status_.is_command || status_.stages.empty()) return {};
        if (!status_.merge) {
            const bool may_come = status_.state == RunState::running || status_.state == RunState::silent ||
                                  status_.state == RunState::planned;
            return may_come ? style_.dim(row("merge", "waiting", "", "", "", "", "", "")) + "\n" : "";
        }
        const auto& merge = *status_.merge;
        const std::string state = merge.passed ? "done" : "failed";
        std::string out = coloured(row("merge", state, "", "", "", "", "", ""), state) + "\n";
        std::string what;
        if (!merge.method.empty())
            what = fmt::format("{} of {} part{}", printable(merge.method), merge.parts, merge.parts == 1 ? "" : "s");
        if (merge.worst_r_hat)
            what += fmt::format("{}R-hat at most {:.3f}", what.empty() ? "" : ", ", *merge.worst_r_hat);
        if (merge.smallest_ess)
            what += fmt::format("{}ESS at least {:.0f}", what.empty() ? "" : ", ", *merge.smallest_ess);
        out += wrapped(what, label_columns_, columns_);
        for (const auto& check : merge.checks) {
            const auto number = check.value ? fmt::format("{:.4g}", *check.value) : "no number";
            const auto limit = check.limit ? fmt::format(", limit {:g}", *check.limit) : "";
            out += wrapped(fmt::format("{}: {} is {}{}: {}", printable(check.verdict), printable(check.name), number,
                                       limit, printable(check.text)),
                           label_columns_, columns_);
        }
        out +=
            style_.dim(wrapped(merge.passed ? "in merged" : "all checks: merged/merge.json", label_columns_, columns_));
        return out;
    }

    [[nodiscard]] std::string notes() const {
        std::string out;
        if (!status_.why.empty() && status_.state == RunState::failed)
            out += "\n" + wrapped(printable(status_.why), 0, columns_);
        if (status_.dropped_bytes > 0 && status_.state != RunState::running)
            out +=
                "\n" + style_.dim(wrapped(
                           fmt::format("the journal's last {} are torn and not counted; the next start cuts them off",
                                       format_bytes(status_.dropped_bytes)),
                           0, columns_));
        if (status_.damaged_lines > 0)
            out +=
                "\n" +
                style_.dim(wrapped(
                    fmt::format("{} of the journal {} damaged and not counted",
                                status_.damaged_lines == 1 ? "a line" : fmt::format("{} lines", status_.damaged_lines),
                                status_.damaged_lines == 1 ? "is" : "are"),
                    0, columns_));
        return out;
    }

    const RunStatus& status_;
    const Style& style_;
    std::size_t columns_, rows_;
    bool tries_ = false, shards_ = false, usage_ = false;
    std::size_t label_columns_ = least_label_columns;
};

}  // namespace

std::string run_status_text(const RunStatus& status, const Style& style, ScreenSize size) {
    return Screen(status, style, size).text();
}

}  // namespace hlaunch
