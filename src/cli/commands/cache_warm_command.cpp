// hlaunch cache warm: compile what a run will look for, before it is started.
#include "cli/commands/cache_warm_command.h"

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/text/quantity.h"
#include "cli/options/job_options.h"
#include "job/analysis/warm_cache.h"

namespace hlaunch {
namespace {

// docs/schemas/cache-warm.schema.json
nlohmann::ordered_json to_json(const Warmed& warmed) {
    return {{"format", "hlaunch-cache-warm"},
            {"version", 1},
            {"folder", warmed.folder},
            {"entries_added", warmed.entries_added},
            {"bytes_added", warmed.bytes_added},
            {"placements", warmed.placements},
            {"samplers", {{"compiled", warmed.compiled}, {"found", warmed.found}, {"not_kept", warmed.not_kept}}},
            {"seconds", warmed.seconds}};
}

std::string to_text(const Warmed& warmed) {
    const auto samplers = warmed.compiled + warmed.found + warmed.not_kept;
    auto out = warmed.entries_added == 0 ? fmt::format("already warm: 0 entries added to {}", warmed.folder)
                                         : fmt::format("{} entries, {} added to {}", warmed.entries_added,
                                                       format_bytes(warmed.bytes_added), warmed.folder);
    if (samplers > 0)
        out += fmt::format("; {} of {} samplers compiled, {} found, on {} placement{}", warmed.compiled, samplers,
                           warmed.found, warmed.placements, warmed.placements == 1 ? "" : "s");
    if (warmed.not_kept > 0) out += fmt::format("; {} cannot be kept", warmed.not_kept);
    return out + fmt::format("; {:.0f} s\n", warmed.seconds);
}

void run(const JobCommandOptions& options) {
    const auto job = options.resolve();
    const auto warmed = warm_cache(job, options.machine(), Environment::current());
    const auto text = job.reporting.json
                          ? to_json(warmed).dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n"
                          : to_text(warmed);
    std::fputs(text.c_str(), stdout);
}

}  // namespace

void add_cache_warm_command(CLI::App& cache, int& exit_code) {
    auto options = std::make_shared<JobCommandOptions>();
    auto* command = cache.add_subcommand("warm", "compile what a run of this config will look for; draw nothing");
    command->add_option("CONFIG", options->config, "homodyne's YAML, as you would give it to homodyne")
        ->type_name("FILE")
        ->required();
    options->add_to(*command, takes::warm);
    command->footer(
        "With the options that the run will have: they decide what is compiled. NLSQ is run once, in a temporary "
        "folder.\n"
        "Example: hlaunch cache warm config.yaml --mode cmc-hpc");
    command->callback([options, &exit_code] {
        run(*options);
        exit_code = 0;
    });
}

}  // namespace hlaunch
