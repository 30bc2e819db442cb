#include "homodyne/config/remedies.h"

#include <fmt/format.h>

namespace hlaunch::homodyne {
namespace {

// homodyne's command line lets these win over optimization.cmc.per_shard_mcmc (cli/config_handling.py).
std::string decider(const Facts& facts, const std::string& number, const char* otherwise) {
    const auto found = facts.decides.find(number);
    return found == facts.decides.end() ? otherwise + number : found->second;
}

}  // namespace

std::string more_draws(const Facts& facts) {
    const auto samples = decider(facts, "num_samples", "optimization.mcmc.");
    if (facts.drawn > 0 && facts.drawn < facts.draws)
        return fmt::format(
            "set optimization.cmc.per_shard_mcmc.adaptive_sampling: false (with it a shard as small as here gives only "
            "{} of the {} draws of {}), and raise that if need be",
            facts.drawn, facts.draws, samples);
    return fmt::format("raise {} (now {})", samples, facts.draws);
}

Remedies remedies(const Facts& facts) {
    auto longer = more_draws(facts);
    if (facts.drawn == 0 || facts.drawn >= facts.draws)
        longer += fmt::format(" and {} (now {})", decider(facts, "num_warmup", "optimization.mcmc."), facts.warmup);
    longer += " and run again";
    const auto accept = decider(facts, "target_accept_prob", "optimization.cmc.per_shard_mcmc.");
    return {{"r-hat", longer}, {"ess", longer}, {"divergences", fmt::format("raise {} (0.95) and run again", accept)}};
}

}  // namespace hlaunch::homodyne
