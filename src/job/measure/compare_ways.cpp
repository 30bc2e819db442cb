#include "job/measure/compare_ways.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>

#include "homodyne/config/by_hand.h"
#include "job/request/arguments.h"
#include "job/request/placements.h"
#include "os/host/host.h"
#include "os/spawn/child.h"
#include "plan/run_folder.h"

namespace hlaunch {
namespace {

// Every gate: the runs are few draws, and it is their time that is wanted.
constexpr std::array accepted{"r-hat", "ess", "divergences", "priors", "tension"};

RunFolder folder_of(const WaysInput& input, Way way) {
    return RunFolder{input.folder + "/" + std::string(to_string(way))};
}

homodyne::HandRun hand_run(const WaysInput& input, const PartFolder& part) {
    return {.app = input.app, .config = part.config(), .nlsq_result = input.nlsq_result, .output = part.out()};
}

WayPlan plan_unbound(const WaysInput& input) {
    const auto part = folder_of(input, Way::unbound).part(0);
    return {.way = Way::unbound,
            .instances = {{.argv = homodyne::hand_command(hand_run(input, part)), .cwd = part.work()}},
            .told = "one homodyne on the whole machine, nothing bound, your environment",
            .skipped = ""};
}

WayPlan plan_numactl(const CompareWish& wish, const Machine& machine, const Environment& environment,
                     const WaysInput& input) {
    const auto nodes = nodes_by_hand(machine);
    const auto count = static_cast<unsigned>(nodes.size());
    const auto share = share_by_hand(input.chains, wish.num_samples, count);
    WayPlan out{.way = Way::numactl, .instances = {}, .told = "", .skipped = ""};
    for (const auto node : nodes) {
        const auto index = static_cast<unsigned>(out.instances.size());
        const auto part = folder_of(input, Way::numactl).part(index);
        auto run = hand_run(input, part);
        if (share.chains != input.chains) run.chains = share.chains;
        if (share.draws != wish.num_samples) run.draws = share.draws;
        out.instances.push_back(
            {.argv = homodyne::with_numactl(node, homodyne::hand_command(run)), .cwd = part.work(), .seed = index});
    }
    out.told = count == 1 ? fmt::format("one homodyne on NUMA node {}, the only one, by numactl", nodes.str())
                          : fmt::format(
                                "one homodyne on each of {} NUMA nodes by numactl, each on all the data with a seed of "
                                "its own and {}",
                                count,
                                share.chains != input.chains
                                    ? fmt::format("{} of {} chains", share.chains, input.chains)
                                    : fmt::format("{} of {} draws a chain", share.draws, wish.num_samples));
    if (!find_program("numactl", environment.get("PATH").value_or("")))
        out.skipped = "numactl is not on PATH; install it (apt install numactl), or leave it out with --ways";
    return out;
}

WayPlan plan_hlaunch(const JobOptions& options, const Machine& machine, const WaysInput& input) {
    const auto folder = folder_of(input, Way::hlaunch);
    auto own = options;
    own.analysis.config = folder.part(0).config();
    own.analysis.nlsq_result = input.nlsq_result;
    own.folder.output = folder.root + "/run";
    own.analysis.repair_priors = own.analysis.learned = own.reporting.json = false;
    own.analysis.plots = own.reporting.quiet = true;
    own.analysis.accepted.assign(accepted.begin(), accepted.end());
    std::vector<std::string> argv{input.hlaunch, "run"};
    std::ranges::move(to_arguments(own), std::back_inserter(argv));
    std::string told = "hlaunch with the placements in force: CPUs";
    for (const auto& placement : plan_placements(options, machine).placements) told += " " + placement.cpus.str();
    return {.way = Way::hlaunch, .instances = {{.argv = std::move(argv), .cwd = ""}}, .told = told, .skipped = ""};
}

}  // namespace

std::vector<WayPlan> plan_ways(const CompareWish& wish, const JobOptions& options, const Machine& machine,
                               const Environment& environment, const WaysInput& input) {
    std::vector<WayPlan> out;
    for (const auto way : wish.ways)
        out.push_back(way == Way::unbound   ? plan_unbound(input)
                      : way == Way::numactl ? plan_numactl(wish, machine, environment, input)
                                            : plan_hlaunch(options, machine, input));
    return out;
}

unsigned seeds_needed(const CompareWish& wish, const Machine& machine) {
    for (const auto way : wish.ways)
        if (way == Way::numactl) return static_cast<unsigned>(nodes_by_hand(machine).size());
    return 0;
}

std::vector<std::string> caveats_of(const Machine& machine) {
    std::vector<std::string> out;
    if (nodes_by_hand(machine).size() == 1)
        out.emplace_back("one NUMA node: nothing to gain from binding can show here");
    if (!machine.foreign && read_host().virtual_machine)
        out.emplace_back(
            "a virtual machine: its NUMA nodes need not be the host's, so these figures show that it works, not how "
            "fast "
            "binding is");
    return out;
}

}  // namespace hlaunch
