#include "job/request/memory_history_file.h"

#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <thread>

#include "base/error.h"
#include "os/files/file.h"
#include "os/files/private_lock.h"
#include "os/files/trust.h"
#include "os/host/host.h"
#include "os/process/user_folders.h"

namespace hlaunch {
namespace {

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

void learn_memory(const std::string& named, const std::string& key, double ratio) {
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

}  // namespace hlaunch
