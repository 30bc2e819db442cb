#include "report/run_status.h"

#include <nlohmann/json.hpp>

#include "base/clock.h"
#include "catch.h"
#include "report/run_status_text.h"

using namespace hlaunch;
using nlohmann::json;

namespace {

std::chrono::system_clock::time_point at(const char* time) {
    return *parse_utc_text(std::string("2026-03-01T12:") + time + ".000Z");
}

json event(const char* time, json fields) {
    fields["time"] = std::string("2026-03-01T12:") + time + ".000Z";
    return fields;
}

json start(const char* time, const char* stage, unsigned part, unsigned attempt = 1) {
    return event(time, {{"event", "start"}, {"stage", stage}, {"part", part}, {"attempt", attempt}});
}

json end(const char* time, const char* stage, unsigned part, const char* outcome, const char* status, double seconds) {
    return event(time, {{"event", "end"},
                        {"stage", stage},
                        {"part", part},
                        {"outcome", outcome},
                        {"status", status},
                        {"seconds", seconds},
                        {"peak_resident_bytes", 1U << 30U}});
}

std::vector<Event> parsed(const std::vector<json>& events) {
    std::vector<Event> out;
    for (const auto& event : events) out.push_back(parse_event(event));
    return out;
}

RunRecords analysis() {
    RunRecords out;
    out.folder = "results";
    out.plan = json::parse(R"({"placements": [{"cpus": "0-15"}, {"cpus": "16-31"}],
        "parts": [{"index": 0, "kind": "shards", "shards": [0, 2]}, {"index": 1, "kind": "shards", "shards": [1, 3]}],
        "stages": [{"name": "nlsq", "instances": [{"part": 0, "placement": 0}]},
                   {"name": "cmc", "instances": [{"part": 0, "placement": 0}, {"part": 1, "placement": 1}]}]})");
    out.events = parsed({start("00:00", "survey", 0), end("00:12", "survey", 0, "done", "exit code 0", 12.0),
                         event("00:12", {{"event", "run"}}), start("00:12", "nlsq", 0),
                         end("01:16", "nlsq", 0, "done", "exit code 0", 64.0), start("01:16", "cmc", 0),
                         start("01:16", "cmc", 1)});
    out.owner = RunOwner{.host = "node7", .boot_id = {}, .pid_namespace = {}, .pid = 4242, .folder_id = {}};
    out.captured = {0, 1};
    out.now = at("05:16");
    return out;
}

RunRecords running() {
    auto out = analysis();
    out.owner_state = OwnerState::alive;
    LiveStatus live;
    live.time = "2026-03-01T12:05:15.000Z";
    live.owner = *out.owner;
    live.stage = "cmc";
    live.eta_s = 240.0;
    for (unsigned part = 0; part < 2; ++part) {
        InstanceProgress one;
        one.part = part;
        one.state = "running";
        one.cpus = part == 0 ? "0-15" : "16-31";
        one.elapsed_s = 239.0;
        one.cpu_percent = 712.0;
        one.resident_bytes = 6ULL << 30U;
        one.processes = 9;
        live.instances.push_back(one);
    }
    out.live = live;
    return out;
}

std::string text(const RunStatus& status, std::size_t columns = 80, std::size_t rows = 0) {
    return run_status_text(status, Style(false), {.columns = columns, .rows = rows});
}

bool has(const std::string& where, const std::string& what) {
    if (where.find(what) != std::string::npos) return true;
    UNSCOPED_INFO(where);
    return false;
}

std::size_t widest(const std::string& lines) {
    std::size_t most = 0, length = 0;
    for (const char c : lines) {
        length = c == '\n' ? 0 : length + 1;
        most = std::max(most, length);
    }
    return most;
}

}  // namespace

TEST_CASE("run status: while it runs") {
    const auto status = run_status(running());
    CHECK(status.state == RunState::running);
    CHECK(exit_code_of(status) == 0);
    CHECK(text(status) ==
          "results: running for 5m16s, about 4m00s left (pid 4242 on node7)\n"
          "\n"
          "            state        shards     time     cpu     memory  cpus\n"
          "survey      done                  12.0 s            1.0 GiB\n"
          "nlsq        done                   1m04s            1.0 GiB  0-15\n"
          "cmc         running         2/4   0 of 2 parts done\n"
          "  part 000  running         1/2    3m59s    712%    6.0 GiB  0-15\n"
          "  part 001  running         1/2    3m59s    712%    6.0 GiB  16-31\n"
          "merge       waiting\n");
}

TEST_CASE("run status: the sampler of an exact posterior runs also between two rounds of its processes") {
    auto records = running();
    records.plan = json::parse(R"({"placements": [{"cpus": "0-15"}], "parts": [{"index": 0, "kind": "density"}],
        "stages": [{"name": "posterior", "instances": []}]})");
    records.events = parsed({start("00:00", "survey", 0), end("00:12", "survey", 0, "done", "exit code 0", 12.0),
                             event("00:12", {{"event", "run"}}), event("00:13", {{"event", "sampling"}})});
    records.live->stage = "posterior";
    for (auto& process : records.live->instances) process.state = "waiting";
    const auto posterior = [&] { return run_status(records).stages.back(); };
    CHECK(posterior().name == "posterior");
    CHECK(posterior().state == "running");
    records.events.push_back(parse_event(event("01:00", {{"event", "sampled"}})));
    CHECK(posterior().state == "done");
}

TEST_CASE("run status: whoever ran it is gone") {
    auto records = running();
    records.owner_state = OwnerState::gone;
    auto status = run_status(records);
    CHECK(status.state == RunState::gone);
    CHECK(exit_code_of(status) == 1);
    CHECK(status.stages.back().parts.front().state == "lost");
    CHECK(has(text(status), "ended without a word"));
    CHECK(has(text(status), "lost: the same command again runs what is missing"));
    SECTION("or the folder is a copy") {
        records.owner_state = OwnerState::copied;
        status = run_status(records);
        CHECK(has(text(status, 120), "results: copied while it ran (pid 4242 on node7)"));
    }
    SECTION("on another host it is silent after a while") {
        records.owner_state = OwnerState::elsewhere;
        CHECK(run_status(records).state == RunState::running);
        records.now = at("08:16");
        status = run_status(records);
        CHECK(status.state == RunState::silent);
        CHECK(has(text(status), "silent for 3m01s (pid 4242 on node7)"));
    }
}

TEST_CASE("run status: an end that a later start entered does not shorten the run") {
    auto records = running();
    records.owner_state = OwnerState::gone;
    records.live.reset();
    for (std::size_t i = 0; i < records.events.size(); ++i) records.events[i].up = 50.0 * static_cast<double>(i);
    auto entered = end("06:00", "cmc", 0, "stopped", "lost with its hlaunch", 0.0);
    entered["up"] = 0.01;
    entered["entered_by"] = "hlaunch";
    records.events.push_back(parse_event(entered));
    CHECK(run_status(records).elapsed_s == 300.0);
}

TEST_CASE("run status: a failed part comes with outcome, remedy and log") {
    auto records = running();
    records.owner_state = OwnerState::gone;
    auto tried = end("02:00", "cmc", 0, "out-of-memory", "signal 9 (Killed)", 44.0);
    tried["again"] = true;
    records.events.push_back(parse_event(tried));
    records.events.push_back(parse_event(start("02:00", "cmc", 0, 2)));
    records.events.push_back(parse_event(end("03:00", "cmc", 0, "out-of-memory", "signal 9 (Killed)", 60.0)));
    records.events.push_back(parse_event(end("04:00", "cmc", 1, "done", "exit code 0", 164.0)));
    records.events.push_back(
        parse_event(event("04:01", {{"event", "failed"}, {"why", "part 000 ended with signal 9"}})));
    const auto status = run_status(records);
    CHECK(status.state == RunState::failed);
    CHECK(exit_code_of(status) == 1);
    const auto& part = status.stages.back().parts.front();
    CHECK(part.state == "failed");
    CHECK(part.attempts == 2);
    CHECK(has(text(status),
              "  part 000  failed          1/2      2    1m00s    1.0 GiB  0-15\n"
              "            out-of-memory, signal 9 (Killed): give it fewer workers\n"
              "            (--num-workers), or fewer instances at once (--instances)\n"
              "            log: parts/000/stderr.log\n"));
    CHECK(has(text(status), "part 000 ended with signal 9\n"));
}

TEST_CASE("run status: merged, refused, stopped") {
    auto records = analysis();
    for (unsigned part = 0; part < 2; ++part)
        records.events.push_back(parse_event(end("04:00", "cmc", part, "done", "exit code 0", 164.0)));
    records.captured = {0, 1, 2, 3};
    records.merge = json::parse(R"({"kind": "shards", "method": "consensus", "parts": ["a", "b"], "parameters":
        [{"r_hat": 1.01, "ess": 500.0}, {"r_hat": 1.021, "ess": 412.0}], "checks": [{"name": "captured", "verdict": "pass"},
        {"name": "tension", "verdict": "warn", "value": 3.1, "limit": 3, "text": "shards differ"}]})");
    SECTION("merged") {
        records.events.push_back(parse_event(event("04:10", {{"event", "merged"}, {"passed", true}})));
        const auto status = run_status(records);
        CHECK(status.state == RunState::done);
        CHECK(exit_code_of(status) == 0);
        CHECK(has(text(status), "results: merged in 4m10s\n"));
        CHECK(has(text(status),
                  "merge       done\n"
                  "            consensus of 2 parts, R-hat at most 1.021, ESS at least 412\n"
                  "            warn: tension is 3.1, limit 3: shards differ\n"));
    }
    SECTION("refused") {
        records.events.push_back(parse_event(event("04:10", {{"event", "merged"}, {"passed", false}})));
        const auto status = run_status(records);
        CHECK(status.state == RunState::failed);
        CHECK(has(text(status), "merge       failed\n"));
    }
    SECTION("stopped, and then started again") {
        records.events.push_back(parse_event(event("04:10", {{"event", "interrupted"}, {"signal", 15}})));
        auto status = run_status(records);
        CHECK(status.state == RunState::stopped);
        CHECK(has(text(status), "stopped by SIGTERM after 4m10s; the same command again does the rest"));
        records.events.push_back(parse_event(start("06:00", "survey", 0)));
        records.owner_state = OwnerState::alive;
        records.now = at("06:05");
        status = run_status(records);
        CHECK(status.state == RunState::running);
        CHECK(status.starts == 2);
        CHECK(status.stages[0].state == "running");
        CHECK(status.stages[1].state == "done");
        CHECK(status.stages[2].state == "waiting");
    }
}

TEST_CASE("run status: a refused start of another analysis leaves the run as it stood") {
    auto records = analysis();
    records.events.push_back(parse_event(end("04:00", "cmc", 0, "done", "exit code 0", 164.0)));
    records.events.push_back(parse_event(end("04:10", "cmc", 1, "done", "exit code 0", 174.0)));
    records.events.push_back(parse_event(event("04:12", {{"event", "merged"}, {"passed", true}})));
    records.captured = {0, 1, 2, 3};
    const auto before = to_json(run_status(records));
    CHECK(before["state"] == "done");
    records.events.push_back(parse_event(start("09:00", "survey", 0)));
    records.events.push_back(parse_event(end("09:10", "survey", 0, "done", "exit code 0", 10.0)));
    records.events.push_back(parse_event(event("09:10", {{"event", "refused"}})));
    records.events.push_back(
        parse_event(event("09:10", {{"event", "failed"}, {"why", "results holds another analysis"}})));
    LiveStatus live;
    live.ended = true;
    live.exit_code = 2;
    records.live = live;
    auto after = to_json(run_status(records));
    CHECK(after == before);
    // What comes after it counts again.
    records.events.push_back(parse_event(start("10:00", "survey", 0)));
    records.events.push_back(parse_event(event("10:10", {{"event", "failed"}, {"why", "no room"}})));
    after = to_json(run_status(records));
    CHECK(after["state"] == "failed");
    CHECK(after["why"] == "no room");
    CHECK(after["starts"] == 2);
}

TEST_CASE("run status: what its proof found not as planned, and what was let pass") {
    auto records = analysis();
    auto ended = end("04:00", "cmc", 0, "done", "exit code 0", 164.0);
    ended["proof"] = {"threads: 3 runnable at the median, at most 5, for 2 PUs", 7};
    records.events.push_back(parse_event(ended));
    records.events.push_back(parse_event(end("04:10", "cmc", 1, "done", "exit code 0", 174.0)));
    records.events.push_back(parse_event(event("04:12", {{"event", "merged"}, {"passed", true}})));
    records.merge = json::parse(R"({"kind": "shards", "method": "consensus", "accepted": ["nlsq", "ess"],
        "checks": [{"name": "ess", "verdict": "accepted", "value": 40, "limit": 100, "text": "smallest"}]})");
    const auto status = run_status(records);
    const auto out = to_json(status);
    CHECK(out["stages"][2]["parts"][0]["not_as_planned"] ==
          json{"threads: 3 runnable at the median, at most 5, for 2 PUs"});
    CHECK(out["stages"][2]["parts"][1]["not_as_planned"] == json::array());
    CHECK(out["merge"]["accepted"] == json{"nlsq", "ess"});
    const auto text = run_status_text(status, Style(false), {.columns = 100, .rows = 0});
    CHECK(text.find("not as planned: threads: 3 runnable at the median, at most 5, for 2 PUs") != std::string::npos);
    CHECK(text.starts_with("results: merged in "));
    CHECK(text.find(", though nlsq, ess failed (--accept)\n") != std::string::npos);
}

TEST_CASE("run status: events, plan and status may hold anything") {
    RunRecords records;
    records.now = at("00:00");
    records.events =
        parsed({json::array(), json("x"), json{{"event", 3}}, json{{"event", "start"}, {"stage", 7}},
                json{{"event", "end"}, {"stage", "cmc"}, {"part", -4}, {"seconds", "long"}, {"status", json::array()}},
                json{{"event", "start"}, {"stage", "\x1b[31m"}, {"part", 1e300}, {"time", "yesterday"}}});
    records.plan = json::parse(R"({"stages": [{"name": "cmc", "instances": [3, {"part": "x", "placement": 99}]}, 4],
        "parts": {"a": 1}, "placements": 7})");
    records.merge = json::parse(R"([1, 2])");
    const auto status = run_status(records);
    const auto screen = text(status);
    CHECK_FALSE(has(screen, "\x1b"));
    CHECK(widest(screen) <= 80);
    CHECK(to_json(status).is_object());
}

TEST_CASE("run status: many parts on a small screen") {
    RunRecords records;
    records.folder = "d";
    records.now = at("10:00");
    records.events.push_back(parse_event(event("00:00", {{"event", "command"}})));
    for (unsigned part = 0; part < 200; ++part) {
        records.events.push_back(parse_event(start("00:00", "command", part)));
        records.events.push_back(
            parse_event(end("00:10", "command", part, part == 150 ? "crashed" : "done", "exit code 0", 10.0)));
    }
    const auto status = run_status(records);
    CHECK(status.state == RunState::failed);
    const auto screen = text(status, 80, 24);
    CHECK(std::count(screen.begin(), screen.end(), '\n') <= 24);
    CHECK(has(screen, "part 150  failed"));
    CHECK(has(screen, "more done"));
    CHECK(std::count(screen.begin(), screen.end(), '\n') > 15);
}

TEST_CASE("run status: a queue counts its tasks by their newest end") {
    RunRecords records;
    records.folder = "q";
    records.now = at("10:00");
    const auto task = [](const char* what, unsigned number, const char* key, const char* outcome) {
        return event("00:01", {{"event", what}, {"task", number}, {"key", key}, {"outcome", outcome}, {"status", "x"}});
    };
    records.events = parsed({event("00:00", {{"event", "queue"}, {"tasks", 4U}}), task("start", 0, "a", ""),
                             task("start", 1, "b", ""), task("end", 0, "a", "done"), task("end", 1, "b", "crashed"),
                             task("start", 2, "c", "")});
    records.owner = RunOwner{.host = "n", .boot_id = {}, .pid_namespace = {}, .pid = 7, .folder_id = {}};
    records.owner_state = OwnerState::alive;
    auto status = run_status(records);
    CHECK(status.state == RunState::running);
    CHECK(exit_code_of(status) == 1);
    CHECK(has(text(status), "1 of 4 tasks done, 1 failed, 1 running, 1 waiting\n  task 1: crashed, x\n"));
    // Killed and started again: what ran waits.
    records.events.push_back(parse_event(event("01:00", {{"event", "queue"}, {"tasks", 4U}})));
    CHECK(has(text(run_status(records)), "1 of 4 tasks done, 1 failed, 0 running, 2 waiting\n"));
}
