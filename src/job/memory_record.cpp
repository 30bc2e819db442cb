#include "job/memory_record.h"

#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <map>
#include <nlohmann/json.hpp>
#include <thread>

#include "base/error.h"
#include "base/quantity.h"
#include "os/file.h"
#include "os/host.h"
#include "os/private_lock.h"
#include "os/trust.h"
#include "os/user_folders.h"
#include "run/json_fields.h"

namespace hlaunch {
namespace {

constexpr double least_seconds = 5.0;  // the tree is looked at once a second
constexpr int lock_attempts = 20;

std::string this_machine() {
    const auto bytes =
        static_cast<std::uint64_t>(sysconf(_SC_PHYS_PAGES)) * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
    return fmt::format("{}, {} GiB", read_host().cpu_model, bytes >> 30U);
}

nlohmann::json read_machines(const std::string& path) {
    auto json = nlohmann::json::parse(try_read_text(path).value_or(""), nullptr, false);
    if (!json.is_object() || json.value("format", nlohmann::json()) != "hlaunch-memory-history")
        json = {{"format", "hlaunch-memory-history"}, {"version", 1}};
    if (!json["machines"].is_object()) json["machines"] = nlohmann::json::object();
    return json;
}

homodyne::MemoryHistory history_in(const nlohmann::json& json) {
    const auto& machines = json.at("machines");
    const auto at = machines.find(this_machine());
    return at == machines.end() ? homodyne::MemoryHistory() : homodyne::MemoryHistory::from_json(*at);
}

void learn(const std::string& named, const std::string& key, double ratio) {
    if (named.empty()) return;
    try {
        const auto path = canonical_path(named).string();
        if (!trust_of_folder(std::filesystem::path(path).parent_path()).trusted()) return;  // HOME of another
        ensure_directory(std::filesystem::path(path).parent_path());
        PrivateLock lock(path + ".lock");
        for (int attempt = 0; lock.try_lock() == AppendFile::Lock::theirs; ++attempt) {
            if (attempt == lock_attempts) return;
            std::this_thread::sleep_for(std::chrono::milliseconds(50));
        }
        auto json = read_machines(path);
        auto history = history_in(json);
        history.add(key, ratio);
        json["machines"][this_machine()] = history.to_json();
        write_atomically(path, json.dump(1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
    } catch (const Error&) {
        return;  // the result of a run does not hang on it
    }
}

// Of every instance the newest, as the journal has them: also those of the run before a resume.
void write_summary(const JobContext& context) {
    std::map<std::pair<std::string, std::uint64_t>, nlohmann::json> newest;
    for (const auto& event : context.journal.events())
        if (text_in(event, "event") == "memory")
            newest[{text_in(event, "stage"), count_in(event, "part")}] = {
                {"stage", field_in(event, "stage")},
                {"part", field_in(event, "part")},
                {"peak_bytes", field_in(event, "peak_bytes")},
                {"forecast_bytes", field_in(event, "forecast_bytes")},
                {"formula_bytes", field_in(event, "formula_bytes")}};
    nlohmann::json out{{"format", "hlaunch-memory"}, {"version", 1}, {"instances", nlohmann::json::array()}};
    for (const auto& [instance, entry] : newest) out["instances"].push_back(entry);
    write_atomically(context.folder.root + "/memory.json", out.dump(1) + "\n");
}

}  // namespace

std::string memory_history_path(const Environment& environment) {
    const auto folder = user_folder(environment, "XDG_STATE_HOME", ".local/state").path;
    return folder.empty() ? folder : folder + "/memory.json";
}

homodyne::MemoryHistory load_memory_history(const Environment& environment) {
    const auto path = memory_history_path(environment);
    const bool ours = !path.empty() && trust_of_folder(std::filesystem::path(path).parent_path()).trusted();
    return ours ? history_in(read_machines(path)) : homodyne::MemoryHistory();
}

void record_memory(JobContext& context, const MemoryMeasured& measured, const InstanceResult& result) {
    if (result.peak_resident_bytes == 0 || measured.forecast_bytes == 0 || measured.formula_bytes == 0) return;
    const auto peak = static_cast<double>(result.peak_resident_bytes);
    context.display.note(fmt::format("hlaunch: {}: memory at most {}, forecast {} (measured / forecast {:.2f})",
                                     measured.stage == "cmc" ? fmt::format("part {:03}", result.part) : measured.stage,
                                     format_bytes(result.peak_resident_bytes), format_bytes(measured.forecast_bytes),
                                     peak / static_cast<double>(measured.forecast_bytes)));
    context.journal.append({{"event", "memory"},
                            {"stage", measured.stage},
                            {"part", result.part},
                            {"peak_bytes", result.peak_resident_bytes},
                            {"forecast_bytes", measured.forecast_bytes},
                            {"formula_bytes", measured.formula_bytes}});
    write_summary(context);
    const bool slowed = context.options.profile || context.options.tracemalloc;
    if (!result.status.ok() || result.seconds < least_seconds || slowed || !context.options.learned) return;
    learn(memory_history_path(context.environment),
          homodyne::MemoryHistory::key(measured.version, measured.stage, to_string(context.request.mode)),
          peak / static_cast<double>(measured.formula_bytes));
}

}  // namespace hlaunch
