#include "job/stages/profiling.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "base/text/quantity.h"
#include "base/text/shell_quote.h"
#include "os/files/file.h"

namespace hlaunch {
namespace {

namespace fs = std::filesystem;

void note_traces(const JobContext& context, const PartFolder& folder, const std::string& label) {
    std::uint64_t bytes = 0;
    unsigned traces = 0;
    std::error_code failed;
    for (fs::recursive_directory_iterator at(folder.profile(), failed), end; !failed && at != end;
         at.increment(failed)) {
        if (!at->is_regular_file(failed)) continue;
        bytes += at->file_size(failed);
        if (at->path().string().ends_with(".xplane.pb")) ++traces;
    }
    if (traces == 0)
        context.display.note(fmt::format("hlaunch: {}: no trace was left; see {}", label, folder.stderr_log()));
    else
        // TensorBoard alone shows no profile: xprof is its plugin.
        context.display.note(fmt::format(
            "hlaunch: {}: {} of JAX's profiler ({}); open: tensorboard --logdir {} (pip install tensorboard xprof)",
            label, traces == 1 ? "a trace" : fmt::format("{} traces", traces), format_bytes(bytes),
            shell_quote(folder.profile())));
}

void note_allocations(const JobContext& context, const PartFolder& folder, const std::string& label) {
    nlohmann::json out{{"format", "hlaunch-tracemalloc"}, {"version", 1}, {"processes", nlohmann::json::array()}};
    std::uint64_t largest = 0;
    std::error_code failed;
    for (fs::directory_iterator at(folder.tracemalloc(), failed), end; !failed && at != end; at.increment(failed)) {
        if (at->path().extension() != ".json") continue;
        auto process = nlohmann::json::parse(try_read_text(at->path()).value_or(""), nullptr, false);
        if (!process.is_object() || !process["peak_bytes"].is_number_unsigned()) continue;
        largest = std::max(largest, process["peak_bytes"].get<std::uint64_t>());
        out["processes"].push_back(std::move(process));
    }
    write_atomically(folder.root + "/tracemalloc.json",
                     out.dump(1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
    context.display.note(
        fmt::format("hlaunch: {}: Python itself allocated at most {} in one of {} processes (without XLA's buffers)",
                    label, format_bytes(largest), out["processes"].size()));
}

}  // namespace

nlohmann::json profiled(nlohmann::json task, const AnalysisSpec& analysis, const PartFolder& folder) {
    const auto own = [&](const char* key, const std::string& path) {
        remove_whole(path);
        ensure_directory(path);
        task[key] = path;
    };
    if (analysis.profile) own("profile_dir", folder.profile());
    if (analysis.tracemalloc) own("tracemalloc_dir", folder.tracemalloc());
    return task;
}

void note_profiles(const JobContext& context, const PartFolder& folder, const std::string& label) {
    if (context.analysis.profile) note_traces(context, folder, label);
    if (context.analysis.tracemalloc) note_allocations(context, folder, label);
}

}  // namespace hlaunch
