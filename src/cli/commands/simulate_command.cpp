// hlaunch simulate: the queue on virtual time, for 1 to 1,000 nodes; how many are worth asking for.
#include <CLI/CLI.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/text/quantity.h"
#include "cli/commands/commands.h"
#include "cli/options/number_in.h"
#include "queue/part_durations.h"
#include "report/run_records.h"

namespace hlaunch {
namespace {

constexpr std::size_t most_parts = 10'000'000, most_placements = 10'000'000;
constexpr double worth = 0.9;  // busy share from which a node is worth asking for

struct SimulateOptions {
    std::string from, seconds = "lognormal:5m,0.5", part_memory, node_memory, start, read, write;
    std::vector<unsigned> nodes{1, 2, 5, 10, 20, 50, 100, 200, 500, 1000};
    std::size_t parts = 0;
    unsigned placements = 2;
    double unknown = 0.0;
    std::uint64_t seed = 1;
    bool json = false;
};

struct Simulated {
    unsigned nodes = 0;
    SimulationResult result;
    [[nodiscard]] double busy_share() const { return 1.0 - result.idle_share; }
};

// Parts that ended well: each once, by the last of its ends.
std::vector<MeasuredDuration> durations_of(const std::string& folder) {
    std::map<std::pair<std::string, std::string>, double> last;
    for (const auto& event : read_run_records(folder).events) {
        const auto* end = event.as<events::End>();
        if (end == nullptr || end->outcome != Outcome::done) continue;
        const auto part = end->key.empty() ? fmt::format("{}", end->part.value_or(0)) : end->key;
        const auto seconds = end->seconds.value_or(0.0);
        if (seconds > 0.0) last[{end->stage, part}] = seconds;
    }
    std::vector<MeasuredDuration> out;
    for (const auto& [key, seconds] : last)
        if (key.first != "survey" && key.first != "check") out.push_back({key.first, seconds});
    if (out.empty()) throw usage_error("{} tells of no part that has ended well; give --seconds instead", folder);
    return out;
}

SimulatedWork work_of(const SimulateOptions& options) {
    SimulatedWork out;
    if (options.from.empty()) {
        const auto count = options.parts > 0 ? options.parts : 1000;
        out.parts = parts_of(DurationDistribution::parse(options.seconds).draw(count, options.seed));
    } else {
        out.parts = resample(durations_of(options.from), options.parts, options.seed);
    }
    blur_costs(out.parts, options.unknown, options.seed);
    const auto memory = options.part_memory.empty() ? 0 : parse_bytes(options.part_memory);
    for (auto& part : out.parts) part.part.memory_bytes = memory;
    if (!options.start.empty()) out.start_s = parse_duration(options.start);
    if (!options.read.empty()) out.read_bytes = parse_bytes(options.read);
    if (!options.write.empty()) out.write_bytes = parse_bytes(options.write);
    return out;
}

nlohmann::json to_json(const Simulated& one, unsigned placements) {
    const auto& r = one.result;
    return {{"nodes", one.nodes},
            {"placements", std::uint64_t{one.nodes} * placements},
            {"makespan_s", r.makespan_s},
            {"lower_bound_s", r.lower_bound_s},
            {"idle_share", r.idle_share},
            {"peak_node_bytes", r.peak_node_bytes},
            {"peak_starts", r.peak_starts},
            {"mean_bytes_per_s", r.mean_bytes_per_s},
            {"peak_bytes_per_s", r.peak_bytes_per_s},
            {"messages", r.messages}};
}

// The most nodes that are busy for most of the run.
const Simulated* best_of(const std::vector<Simulated>& all) {
    const Simulated* best = nullptr;
    for (const auto& one : all)
        if (one.busy_share() >= worth && (best == nullptr || one.nodes > best->nodes)) best = &one;
    return best;
}

std::string rate(double bytes_per_s) {
    return bytes_per_s > 0.0 ? format_bytes(static_cast<std::uint64_t>(bytes_per_s)) + "/s" : "-";
}

void print_text(const std::vector<Simulated>& all, const SimulatedWork& work, unsigned placements) {
    double sum = 0.0;
    for (const auto& part : work.parts) sum += part.seconds;
    fmt::print("{} parts, {} in all; {} placement{} a node\n\n", work.parts.size(), format_duration(sum), placements,
               placements == 1 ? "" : "s");
    fmt::print("{:>6} {:>10} {:>9} {:>12} {:>6} {:>12} {:>10} {:>13}\n", "nodes", "takes", "of bound", "node-hours",
               "idle", "memory/node", "starts", "files, most");
    for (const auto& one : all) {
        const auto& r = one.result;
        fmt::print("{:>6} {:>10} {:>9.4f} {:>12.1f} {:>5.1f}% {:>12} {:>10} {:>13}\n", one.nodes,
                   format_duration(r.makespan_s), r.makespan_s / r.lower_bound_s, one.nodes * r.makespan_s / 3600.0,
                   100.0 * r.idle_share, r.peak_node_bytes > 0 ? format_bytes(r.peak_node_bytes) : "-", r.peak_starts,
                   rate(r.peak_bytes_per_s));
    }
    if (const auto* best = best_of(all)) {
        fmt::print("\nworth asking for: {} node{}, {} ({:.0f} % busy)", best->nodes, best->nodes == 1 ? "" : "s",
                   format_duration(best->result.makespan_s), 100.0 * best->busy_share());
        const auto next =
            std::find_if(all.begin(), all.end(), [&](const auto& one) { return one.nodes > best->nodes; });
        if (next != all.end())
            fmt::print("; {} would take {} and idle {:.0f} % of the time", next->nodes,
                       format_duration(next->result.makespan_s), 100.0 * next->result.idle_share);
        fmt::print("\n");
    } else {
        fmt::print("\nnone of these numbers of nodes is busy for nine tenths of the run\n");
    }
}

int run(SimulateOptions options) {
    std::sort(options.nodes.begin(), options.nodes.end());
    options.nodes.erase(std::unique(options.nodes.begin(), options.nodes.end()), options.nodes.end());
    if (std::uint64_t{options.nodes.back()} * options.placements > most_placements)
        throw usage_error("{} nodes of {} placements: at most {} placements", options.nodes.back(), options.placements,
                          most_placements);
    const auto work = work_of(options);
    const auto memory = options.node_memory.empty() ? 0 : parse_bytes(options.node_memory);
    if (memory == 0 && !options.node_memory.empty())
        throw usage_error("--node-memory {}: no part fits into it; leave it out where memory does not matter",
                          options.node_memory);
    std::vector<Simulated> all;
    for (const auto nodes : options.nodes)
        all.push_back({nodes, simulate(std::vector<QueueNode>(nodes, {options.placements, memory}), work)});
    if (!options.json) return print_text(all, work, options.placements), 0;
    auto rows = nlohmann::json::array();
    for (const auto& one : all) rows.push_back(to_json(one, options.placements));
    const auto* best = best_of(all);
    const nlohmann::json out{{"format", "hlaunch-simulation"},
                             {"version", 1},
                             {"parts", work.parts.size()},
                             {"seed", options.seed},
                             {"worth_asking_for", best ? nlohmann::json(best->nodes) : nlohmann::json()},
                             {"runs", std::move(rows)}};
    fmt::print("{}\n", out.dump(2));
    return 0;
}

}  // namespace

void add_simulate_command(CLI::App& app, int& exit_code) {
    auto options = std::make_shared<SimulateOptions>();
    auto* command =
        app.add_subcommand("simulate", "How long a run over many nodes would take, and how many are worth it");
    auto* from =
        command->add_option("--from", options->from, "parts as they took in this run or campaign")->type_name("DIR");
    command->add_option("--parts", options->parts, "so many; default 1000, with --from as many as there were")
        ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{most_parts}));
    command->add_option("--seconds", options->seconds, "how long each takes: 90s, uniform:1m,3m, lognormal:2m,0.5")
        ->type_name("DURATION")
        ->capture_default_str()
        ->excludes(from);
    command->add_option("--nodes", options->nodes, "numbers of nodes to try")
        ->delimiter(',')
        ->check(CLI::Range(1U, 1'000'000U));
    command->add_option("--placements", options->placements, "of each node")
        ->check(CLI::Range(1U, 4096U))
        ->capture_default_str();
    command
        ->add_option("--unknown", options->unknown, "how badly durations are known beforehand: sigma of the logarithm")
        ->check(number_in(0.0, 10.0));
    command->add_option("--part-memory", options->part_memory, "memory a part needs")->type_name("SIZE");
    command->add_option("--node-memory", options->node_memory, "memory of a node")->type_name("SIZE");
    command->add_option("--start", options->start, "each part's start besides, such as imports")->type_name("DURATION");
    command->add_option("--read", options->read, "what each start reads from the shared file system")
        ->type_name("SIZE");
    command->add_option("--write", options->write, "what each end writes to it")->type_name("SIZE");
    command->add_option("--seed", options->seed, "of the durations drawn")
        ->check(CLI::Range(std::uint64_t{0}, std::uint64_t{1} << 63U))
        ->capture_default_str();
    command->add_flag("--json", options->json, "the result as JSON");
    command->footer(
        "Examples:\n"
        "  hlaunch simulate --parts 2400 --seconds lognormal:4m,0.6 --nodes 1,4,16,64 --placements 2\n"
        "  hlaunch simulate --from campaign/ --parts 5000 --start 5s --read 600M");
    command->callback([options, &exit_code] { exit_code = run(*options); });
}

}  // namespace hlaunch
