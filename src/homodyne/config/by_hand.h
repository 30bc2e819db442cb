// homodyne as people start it themselves, without hooks: command lines, and what its log tells of a run.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hlaunch::homodyne {

// CMC from a given NLSQ result. Chains and draws a chain are absent where they are the config's.
struct HandRun {
    std::vector<std::string> app;
    std::string config, nlsq_result, output;
    std::optional<unsigned> chains{}, draws{};
};
[[nodiscard]] std::vector<std::string> hand_command(const HandRun& run);

// The performance guide's recipe: numactl's words before a command.
[[nodiscard]] std::vector<std::string> with_numactl(unsigned node, const std::vector<std::string>& command);

// optimization.mcmc.num_chains of a config's text, as homodyne's command line takes it: 4 where it says none.
[[nodiscard]] unsigned yaml_chains(const std::string& yaml);

// From stderr, whole seconds of local time turned into seconds since the epoch.
struct SamplingLog {
    std::optional<double> begin_s;  // shards are about to be cut
    std::optional<double> end_s;    // the last sampler ended
    unsigned long draws = 0;        // of all chains and shards
    unsigned long divergent = 0;
    std::optional<std::pair<unsigned, unsigned>> combined;  // shards it kept, of how many
};
[[nodiscard]] SamplingLog read_sampling_log(std::string_view text);

}  // namespace hlaunch::homodyne
