#include "merge/gates.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <stdexcept>

#include "base/error.h"

namespace hlaunch {
namespace {

constexpr std::string_view longer =
    "run again with more warmup and draws (optimization.mcmc.num_warmup and num_samples, which win over "
    "per_shard_mcmc's)";

constexpr Gate captured{.name = "captured",
                        .at_least = true,
                        .warn = 1.0,
                        .fail = 1.0,
                        .meaning = "share of the planned shards that are there",
                        .remedy = "run the same `hlaunch run` again: it does only the missing ones"};
constexpr Gate finite{.name = "finite",
                      .acceptable = false,
                      .meaning = "draws that are not finite numbers",
                      .remedy =
                          "draw others by another optimization.cmc.seed; where they are no numbers either, look at "
                          "bounds and initial values"};
constexpr Gate degenerate{.name = "degenerate",
                          .acceptable = false,
                          .meaning = "parameters that never moved (sd 0)",
                          .remedy =
                              "look at the NLSQ fit that they began from, at bounds and initial values; without "
                              "hlaunch: run NLSQ on its own first, then CMC with --nlsq-result"};
constexpr Gate duplicates{.name = "duplicates",
                          .acceptable = false,
                          .meaning = "pairs of inputs with the same draws",
                          .remedy = "give each replica its own optimization.cmc.seed, each part its own data"};
constexpr Gate own_combination{.name = "own-combination",
                               .meaning = "inputs that are a combination of shards already, not MCMC draws",
                               .remedy = "rerun with `hlaunch run`, which keeps each shard's draws"};
constexpr Gate divergences{.name = "divergences",
                           .warn = 0.10,
                           .fail = 0.10,
                           .meaning = "largest share of divergent draws",
                           .remedy = "raise optimization.cmc.per_shard_mcmc.target_accept_prob (0.95) and run again"};
constexpr Gate part_r_hat{.name = "r-hat",
                          .warn = 1.1,
                          .fail = 1.1,
                          .meaning = "largest rank-normalised split R-hat of a part",
                          .remedy = longer};
constexpr Gate part_ess{.name = "ess",
                        .at_least = true,
                        .warn = 1000.0,
                        .fail = 100.0,
                        .meaning = "smallest effective sample size of a part (bulk and tail)",
                        .remedy = longer};
constexpr Gate tension{.name = "tension",
                       .at_least = true,
                       .warn = 1e-3,
                       .fail = 1e-6,
                       .meaning = "probability that parts of one truth disagree as much",
                       .remedy =
                           "look for the part that is off (its data, its angles) and leave it out, or report "
                           "the parts side by side"};
constexpr Gate priors{.name = "priors",
                      .warn = 1e-6,
                      .fail = 1e-6,
                      .meaning = "largest relative difference between the priors sampled with and the config's",
                      .remedy =
                          "merge with the config the parts were run with, or run them again with `hlaunch run`, "
                          "without --keep-lost-priors: its hooks keep the config's priors"};

constexpr std::array shard_gates{captured,   finite,   degenerate, duplicates, divergences,
                                 part_r_hat, part_ess, priors,     tension};
constexpr std::array disjoint_gates{finite,     degenerate, duplicates, own_combination, divergences,
                                    part_r_hat, part_ess,   priors,     tension};
constexpr std::array replica_gates{
    finite,
    degenerate,
    duplicates,
    own_combination,
    divergences,
    Gate{.name = "r-hat",
         .warn = 1.01,
         .fail = 1.05,
         .meaning = "largest rank-normalised split R-hat over all chains",
         .remedy = longer},
    Gate{.name = "ess",
         .at_least = true,
         .warn = 400.0,
         .fail = 100.0,
         .meaning = "smallest effective sample size over all chains (bulk and tail)",
         .remedy = longer},
};

constexpr std::string_view other_priors =
    "correct parameter_space.priors and bounds in the YAML, or look at the pictures of the fit";
constexpr std::array exact_gates{
    finite,
    degenerate,
    Gate{.name = "certificate",
         .at_least = true,
         .warn = 1.0,
         .fail = 1.0,
         .meaning = "whether importance weights or independent ensembles certify the draws",
         .remedy = other_priors},
    Gate{.name = "k-hat",
         .warn = 0.5,
         .fail = 0.7,
         .meaning = "shape of the largest importance weights (Pareto-smoothed)",
         .remedy = other_priors},
    Gate{.name = "r-hat",
         .warn = 1.01,
         .fail = 1.05,
         .meaning = "largest rank-normalised R-hat over independent ensembles of walkers",
         .remedy = other_priors},
    Gate{.name = "ess",
         .at_least = true,
         .warn = 400.0,
         .fail = 100.0,
         .meaning = "effective number of draws",
         .remedy = other_priors},
    Gate{.name = "basins",
         .warn = 0.01,
         .fail = 2.0,
         .meaning = "share of the mass outside of the main maximum's basin",
         .remedy = "tell both solutions apart by the table of basins in merge.json"},
    Gate{.name = "priors",
         .warn = 0.3,
         .fail = 2.0,
         .meaning = "largest shift of a mean, in sd, under the YAML's own priors",
         .remedy = "the fit that the priors were made of is another one's or wrong: --prior-source yaml leaves it out"},
    Gate{.name = "misfit",
         .warn = 1.05,
         .fail = 2.0,
         .meaning = "scatter of the residuals, in units of the noise between neighbours in time",
         .remedy = "the model does not describe these data: look at analysis_mode, the angles and the bounds"},
};

}  // namespace

std::string_view to_string(Verdict verdict) {
    constexpr std::array<std::string_view, 4> words{"pass", "warn", "fail", "accepted"};
    return words[static_cast<std::size_t>(verdict)];
}

std::span<const Gate> gates(GateKind kind) {
    switch (kind) {
        case GateKind::shards:
            return shard_gates;
        case GateKind::replicas:
            return replica_gates;
        case GateKind::disjoint:
            return disjoint_gates;
        case GateKind::exact:
            return exact_gates;
    }
    throw std::logic_error("a kind of merge without gates");
}

const Gate& gate(GateKind kind, std::string_view name) {
    const auto all = gates(kind);
    const auto found = std::ranges::find(all, name, &Gate::name);
    if (found == all.end()) throw std::logic_error(fmt::format("no gate {}", name));
    return *found;
}

Check judge(GateKind kind, std::string_view name, double value, const std::string& detail) {
    const Gate& rule = gate(kind, name);
    const auto crossed = [&](double limit) { return rule.at_least ? !(value >= limit) : !(value <= limit); };
    Check check{std::string(name), value, rule.fail, Verdict::pass, std::string(rule.meaning)};
    if (crossed(rule.fail)) {
        check.verdict = Verdict::fail;
    } else if (crossed(rule.warn)) {
        check.verdict = Verdict::warn;
        check.limit = rule.warn;
    }
    if (!detail.empty()) check.text += fmt::format(" ({})", detail);
    if (check.verdict != Verdict::pass) check.text += fmt::format("; {}", rule.remedy);
    return check;
}

void give_remedies(GateKind kind, const Remedies& remedies, std::vector<Check>& checks) {
    for (Check& check : checks) {
        const auto better = remedies.find(check.name);
        const auto end = "; " + std::string(gate(kind, check.name).remedy);
        if (better != remedies.end() && check.verdict != Verdict::pass && check.text.ends_with(end))
            check.text.replace(check.text.size() - end.size(), end.size(), "; " + better->second);
    }
}

std::vector<std::string> accept(GateKind kind, std::span<const std::string> names, std::vector<Check>& checks) {
    std::vector<std::string> used;
    for (const std::string& name : names) {
        const auto all = gates(kind);
        const auto rule = std::ranges::find(all, name, &Gate::name);
        if (rule == all.end() || !rule->acceptable) {
            std::string known;
            for (const Gate& other : all)
                if (other.acceptable) known += fmt::format("{}{}", known.empty() ? "" : ", ", other.name);
            throw usage_error("--accept {}: {}; these can be accepted: {}", name,
                              rule == all.end() ? "no such check" : "nothing right can come of it", known);
        }
        for (Check& check : checks) {
            if (check.name != name || check.verdict != Verdict::fail) continue;
            check.verdict = Verdict::accepted;
            if (std::ranges::find(used, name) == used.end()) used.push_back(name);
        }
    }
    return used;
}

bool hopeless(std::span<const Check> checks, GateKind kind) {
    return std::ranges::any_of(checks, [&](const Check& check) {
        return check.verdict == Verdict::fail && !gate(kind, check.name).acceptable;
    });
}

bool any_failed(std::span<const Check> checks) {
    return std::ranges::any_of(checks, [](const Check& check) { return check.verdict == Verdict::fail; });
}

}  // namespace hlaunch
