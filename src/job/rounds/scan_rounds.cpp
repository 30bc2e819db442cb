#include "job/rounds/scan_rounds.h"

#include <csignal>
#include <nlohmann/json.hpp>
#include <utility>

#include "homodyne/plan/task_file.h"
#include "os/files/file.h"

namespace hlaunch {
namespace {

// What it had computed counts for nothing, and another one can.
bool was_killed(const TreeEvent& end) {
    return end.kind == TreeEvent::Kind::lost || (end.kind == TreeEvent::Kind::ended && end.status.signalled &&
                                                 (end.status.code == SIGKILL || end.status.code == SIGTERM));
}

}  // namespace

ScanRounds::ScanRounds(Rounds& rounds, TreeSpec spec, std::string task_path, std::string cache, unsigned again)
    : rounds_(rounds),
      spec_(std::move(spec)),
      task_path_(std::move(task_path)),
      cache_(std::move(cache)),
      again_(again) {}

void ScanRounds::run_round(const Requests& requests) {
    run(requests(0));
}

void ScanRounds::forget() {
    run(homodyne::forget_density_request());
}

void ScanRounds::run(const nlohmann::json& request) {
    replace_in_passing(task_path_, request.dump());
    for (unsigned left = again_;; --left) {
        auto end = rounds_.run(spec_);
        if (end.kind == TreeEvent::Kind::ended && end.status.ok()) return;
        if (!was_killed(end) || left == 0) throw RoundFailed{std::move(end)};
        remove_whole(cache_);
        ensure_directory(cache_);
    }
}

}  // namespace hlaunch
