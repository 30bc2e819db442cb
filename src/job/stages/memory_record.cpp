#include "job/stages/memory_record.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/text/quantity.h"
#include "job/request/memory_history_file.h"
#include "os/files/file.h"

namespace hlaunch {
namespace {

constexpr double least_seconds = 5.0;  // the tree is looked at once a second
// Of every instance the newest, as the journal has them: also those of the run before a resume.
void write_summary(const JobContext& context) {
    nlohmann::json out{{"format", "hlaunch-memory"}, {"version", 1}, {"instances", nlohmann::json::array()}};
    for (const auto& [instance, memory] : context.journal.history().memory)
        out["instances"].push_back({{"stage", memory.stage},
                                    {"part", memory.part},
                                    {"peak_bytes", memory.peak_bytes},
                                    {"forecast_bytes", memory.forecast_bytes},
                                    {"formula_bytes", memory.formula_bytes}});
    write_atomically(context.folder.root + "/memory.json", out.dump(1) + "\n");
}

}  // namespace

void record_memory(JobContext& context, const MemoryMeasured& measured, const InstanceResult& result) {
    if (result.peak_resident_bytes == 0 || measured.forecast_bytes == 0 || measured.formula_bytes == 0) return;
    const auto peak = static_cast<double>(result.peak_resident_bytes);
    context.display.note(fmt::format("hlaunch: {}: memory at most {}, forecast {} (measured / forecast {:.2f})",
                                     measured.stage == "cmc" ? fmt::format("part {:03}", result.part) : measured.stage,
                                     format_bytes(result.peak_resident_bytes), format_bytes(measured.forecast_bytes),
                                     peak / static_cast<double>(measured.forecast_bytes)));
    context.journal.append(events::Memory{.stage = measured.stage,
                                          .part = result.part,
                                          .peak_bytes = result.peak_resident_bytes,
                                          .forecast_bytes = measured.forecast_bytes,
                                          .formula_bytes = measured.formula_bytes});
    write_summary(context);
    const bool slowed = context.analysis.profile || context.analysis.tracemalloc;
    if (!result.status.ok() || result.seconds < least_seconds || slowed || !context.analysis.learned) return;
    learn_memory(memory_history_path(context.environment),
                 homodyne::MemoryHistory::key(measured.version, measured.stage, to_string(context.request.mode)),
                 peak / static_cast<double>(measured.formula_bytes));
}

}  // namespace hlaunch
