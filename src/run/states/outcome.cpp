#include "run/states/outcome.h"

#include <array>
#include <csignal>

namespace hlaunch {
namespace {

struct Words {
    std::string_view name, remedy;
};

constexpr std::array<Words, outcomes> words{{
    {"done", ""},
    {"bad-config", "mend the config; the log says what was refused"},
    {"crashed", "read the end of its log; the same command again runs what is missing"},
    {"out-of-memory", "give it fewer workers (--num-workers), or fewer instances at once (--instances)"},
    {"time-limit", "raise --instance-limit, or give it less to do"},
    {"killed",
     "ask who sent the signal (the scheduler's log, the kernel's); the same command again runs what is missing"},
    {"diverged", "look at bounds, priors and initial values in the YAML"},
    {"not-converged", "draw more (optimization.mcmc.num_warmup, num_samples) or look at the shards that differ"},
    {"outputs-missing", "read its log: it ended well but left no result"},
    {"disk-full", "make room in the run folder's file system; the same command again runs what is missing"},
    {"binding-refused", "give CPUs and memory nodes that this process may use (hlaunch topo)"},
    {"start-failed", "mend what the message names"},
    {"lost", "the same command again runs what is missing"},
    {"stopped", "the same command again runs what is missing"},
}};

// A core limit, a full disk and memory are told by other signals.
bool is_crash(int signal_number) {
    switch (signal_number) {
        case SIGKILL:
        case SIGTERM:
        case SIGINT:
        case SIGHUP:
        case SIGXCPU:
            return false;
        default:
            return true;
    }
}

bool was_at_its_limit(const EndFacts& facts) {
    return facts.memory_bytes > 0 && facts.peak_resident_bytes >= facts.memory_bytes / 10 * 9;
}

}  // namespace

std::string_view to_string(Outcome outcome) {
    return words[static_cast<std::size_t>(outcome)].name;
}

std::optional<Outcome> parse_outcome(std::string_view name) {
    for (std::size_t i = 0; i < words.size(); ++i)
        if (words[i].name == name) return static_cast<Outcome>(i);
    return std::nullopt;
}

std::string_view remedy_of(Outcome outcome) {
    return words[static_cast<std::size_t>(outcome)].remedy;
}

Outcome classify(const EndFacts& facts) {
    constexpr std::uint64_t next_to_nothing = 1U << 20U;
    if (facts.start_failed)
        return facts.why.find("binding") != std::string::npos || facts.why.find("bind ") != std::string::npos
                   ? Outcome::binding_refused
                   : Outcome::start_failed;
    switch (facts.stopped) {
        case StopReason::time_limit:
            return facts.status.ok() ? Outcome::done : Outcome::time_limit;
        case StopReason::memory:
            return facts.status.ok() ? Outcome::done : Outcome::out_of_memory;
        case StopReason::disk:
            return facts.status.ok() ? Outcome::done : Outcome::disk_full;
        case StopReason::user:
        case StopReason::deadline:
            return facts.status.ok() && !facts.lost ? Outcome::done : Outcome::stopped;
        case StopReason::none:
            break;
    }
    const bool killed = facts.status.signalled ? facts.status.code == SIGKILL : facts.status.code == 128 + SIGKILL;
    if (killed && was_at_its_limit(facts)) return Outcome::out_of_memory;
    // Also where a child was killed and the root then ended badly by itself.
    if (!facts.status.ok() && facts.oom_kills > 0) return Outcome::out_of_memory;
    if (facts.lost) return Outcome::lost;
    if (facts.status.ok()) return Outcome::done;
    if (facts.free_disk_bytes < next_to_nothing || (facts.status.signalled && facts.status.code == SIGXFSZ))
        return Outcome::disk_full;
    if (facts.status.signalled) return is_crash(facts.status.code) ? Outcome::crashed : Outcome::killed;
    return killed || facts.status.code == 128 + SIGTERM ? Outcome::killed : Outcome::crashed;
}

}  // namespace hlaunch
