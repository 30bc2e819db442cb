#include "run/progress/run_feed.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "os/files/file.h"

namespace hlaunch {
namespace {

constexpr auto status_interval = std::chrono::seconds(2), progress_interval = std::chrono::seconds(5);
// Many short parts would write all the time; of thousands of parts one writing takes its time.
constexpr auto change_interval = std::chrono::milliseconds(200);
constexpr int least_pause = 50;  // as often as the last writing took
constexpr auto last_flush = std::chrono::seconds(1);

std::string text_of(const nlohmann::json& value) {
    return value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace

RunFeed::RunFeed(Clock& clock, const std::string& folder, std::string status_path, double grace_s,
                 const std::string& events_path)
    : clock_(clock),
      status_path_(std::move(status_path)),
      began_(clock.now()),
      next_status_(clock.now()),
      next_change_(clock.now()) {
    next_progress_ = clock.now() + progress_interval;
    status_.owner = this_process(folder);
    status_.grace_s = grace_s;
    if (!events_path.empty()) {
        events_.emplace(events_path);
        send({{"event", "begin"},
              {"format", "hlaunch-events"},
              {"version", 1},
              {"host", status_.owner.host},
              {"pid", status_.owner.pid},
              {"folder", folder}});
    }
    write_status();
}

RunFeed::~RunFeed() {
    if (!status_.ended) {
        status_.ended = true;
        write_status();
    }
    if (events_) events_->flush_for(last_flush);
}

void RunFeed::send(nlohmann::json event) {
    if (!events_) return;
    if (!event.contains("time")) event["time"] = utc_text(clock_.wall());
    events_->write(text_of(event));
}

void RunFeed::journalled(const nlohmann::json& event) {
    send(event);
}

void RunFeed::send_changes() {
    for (const auto& instance : status_.instances) {
        auto& told = states_[{status_.stage, instance.part}];
        if (told == instance.state) continue;
        told = instance.state;
        send({{"event", "state"}, {"stage", status_.stage}, {"part", instance.part}, {"state", instance.state}});
    }
}

void RunFeed::show(const std::string& stage, std::vector<InstanceProgress> instances) {
    const auto now = clock_.now();
    if (events_) events_->flush();
    const auto same_state = [](const auto& a, const auto& b) { return a.part == b.part && a.state == b.state; };
    const bool changed =
        stage != status_.stage ||
        !std::equal(instances.begin(), instances.end(), status_.instances.begin(), status_.instances.end(), same_state);
    status_.stage = stage;
    status_.instances = std::move(instances);
    status_.eta_s = estimate_remaining_s(status_.instances);
    if (changed) send_changes();
    if (changed || now >= next_status_) write_status();
    next_change_ =
        now + std::clamp<Clock::Duration>(least_pause * (clock_.now() - now), change_interval, status_interval);
    if (now < next_progress_ || !events_) return;
    next_progress_ = now + progress_interval;
    nlohmann::json event{{"event", "progress"}, {"stage", stage}, {"instances", nlohmann::json::array()}};
    for (const auto& instance : status_.instances) event["instances"].push_back(to_json(instance));
    if (status_.eta_s) event["eta_s"] = *status_.eta_s;
    send(std::move(event));
}

void RunFeed::write_status() {
    next_status_ = clock_.now() + status_interval;
    if (status_path_.empty()) return;
    status_.time = utc_text(clock_.wall());
    status_.elapsed_s = std::chrono::duration<double>(clock_.now() - began_).count();
    replace_quietly(status_path_, text_of(to_json(status_)) + "\n");
}

void RunFeed::ended(int exit_code) {
    status_.ended = true;
    status_.exit_code = exit_code;
    status_.eta_s.reset();
    write_status();
    send({{"event", "exit"}, {"code", exit_code}});
    if (events_) events_->flush_for(last_flush);
}

}  // namespace hlaunch
