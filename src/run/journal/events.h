// The events of a journal as plain values: a struct each, one reader, one writer. docs/schemas/journal.md describes
// them. fields() tells an event's name and its fields, for both: f(NAME), then f(FIELD, value), or f.any(FIELD, value)
// for what a line leaves out where it is empty or false, as it does what is optional and absent.
#pragma once

#include <concepts>
#include <cstdint>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "run/states/outcome.h"

namespace hlaunch {

namespace events {

using Json = std::shared_ptr<const nlohmann::json>;  // any value, never copied; null: none
using Texts = std::vector<std::string>;

// What this version does not know: another event's name, or none.
struct Unknown {
    Json json;
};

// What the folder belongs to: an analysis, a command, a queue, a campaign.
struct Run {
    std::string key;
    Json identity;
    std::string host;
    int pid = 0;
    void fields(auto& f) { f("run")("key", key)("identity", identity)("host", host)("pid", pid); }
};
struct Command {
    Texts argv, keys;  // keys by part
    bool keyed = false;
    void fields(auto& f) { f("command")("argv", argv)("keys", keys)("keyed", keyed); }
};
struct Queue {
    std::uint64_t tasks = 0;
    bool keyed = false;
    void fields(auto& f) { f("queue")("tasks", tasks)("keyed", keyed); }
};
struct Campaign {
    std::uint64_t scans = 0;
    std::string host;
    void fields(auto& f) { f("campaign")("scans", scans)("host", host); }
};
struct Folder {
    std::string of;
    void fields(auto& f) { f("folder")("of", of); }
};
struct Scan {
    unsigned part = 0;
    std::string name, key, posterior_key{};
    void fields(auto& f) { f("scan")("part", part)("name", name)("key", key).any("posterior_key", posterior_key); }
};
struct Unfit {
    std::string stage;
    unsigned part = 0;
    std::string why;
    void fields(auto& f) { f("unfit")("stage", stage)("part", part)("why", why); }
};
struct Refused {
    void fields(auto& f) { f("refused"); }
};

// One try of an instance of a stage (stage, part, attempt), or of a task of a queue (task, key).
struct Start {
    std::string stage{};
    std::optional<unsigned> part{}, attempt{};
    std::optional<std::uint64_t> task{};
    std::string key{};
    std::optional<std::uint64_t> receipt{};
    void fields(auto& f) {
        f("start").any("stage", stage)("part", part)("attempt", attempt);
        f("task", task).any("key", key)("receipt", receipt);
    }
};
struct End {
    std::string stage{};
    std::optional<unsigned> part{}, attempt{};
    std::optional<std::uint64_t> task{};
    std::string key{};
    std::optional<std::uint64_t> receipt{};
    std::optional<Outcome> outcome{};
    std::string status{}, failure{};
    std::optional<double> seconds{}, cost{}, cpu_seconds{};
    std::optional<std::uint64_t> peak_resident_bytes{};
    std::optional<unsigned> shared_memory_removed{};
    Texts proof{};
    bool again = false, kept = false;
    std::string entered_by{};
    void fields(auto& f) {
        f("end").any("stage", stage)("part", part)("attempt", attempt);
        f("task", task).any("key", key)("receipt", receipt);
        f("outcome", outcome).any("status", status).any("failure", failure);
        f("seconds", seconds)("cost", cost)("cpu_seconds", cpu_seconds);
        f("peak_resident_bytes", peak_resident_bytes)("shared_memory_removed", shared_memory_removed);
        f.any("proof", proof).any("again", again).any("kept", kept).any("entered_by", entered_by);
    }
};

struct Fitted {
    std::string stage, hash;
    void fields(auto& f) { f("fitted")("stage", stage)("hash", hash); }
};
struct Checked {
    std::string stage;
    std::optional<unsigned> part{};
    std::string hash;
    std::optional<double> seconds{};
    void fields(auto& f) { f("checked")("stage", stage)("part", part)("hash", hash)("seconds", seconds); }
};
struct Evaluated {
    std::string hash;
    bool plots = false;
    void fields(auto& f) { f("evaluated")("hash", hash)("plots", plots); }
};
struct Merged {
    bool passed = false;
    void fields(auto& f) { f("merged")("passed", passed); }
};
struct Memory {
    std::string stage;
    unsigned part = 0;
    std::uint64_t peak_bytes = 0, forecast_bytes = 0, formula_bytes = 0;
    void fields(auto& f) {
        f("memory")("stage", stage)("part", part)("peak_bytes", peak_bytes);
        f("forecast_bytes", forecast_bytes)("formula_bytes", formula_bytes);
    }
};
struct Staged {
    std::string file;
    std::uint64_t bytes = 0;
    Texts mems;
    std::optional<double> least_share{};
    void fields(auto& f) { f("staged")("file", file)("bytes", bytes)("mems", mems)("least_share", least_share); }
};
struct Prepared {
    std::string config_hash;  // of the user's YAML
    std::string shard_key;
    unsigned min_shards = 0;  // of placements that the shards are to fill
    void fields(auto& f) {
        f("prepared")("config_hash", config_hash)("shard_key", shard_key)("min_shards", min_shards);
    }
};
struct Worker {
    std::optional<unsigned> rank{}, ranks{};
    std::string job{};
    std::string host;
    int pid = 0;
    std::string of{};
    void fields(auto& f) {
        f("worker")("rank", rank)("ranks", ranks).any("job", job)("host", host)("pid", pid).any("of", of);
    }
};
struct Worked {
    std::optional<std::uint64_t> rounds{};
    void fields(auto& f) { f("worked")("rounds", rounds); }
};
struct Sampling {
    void fields(auto& f) { f("sampling"); }
};
struct Sampled {
    std::string config_hash, wish, nlsq_result;
    unsigned workers = 0;
    double seconds = 0.0;
    void fields(auto& f) {
        f("sampled")("config_hash", config_hash)("wish", wish)("nlsq_result", nlsq_result);
        f("workers", workers)("seconds", seconds);
    }
};
struct Interrupted {
    int signal = 0;
    void fields(auto& f) { f("interrupted")("signal", signal); }
};
struct Failed {
    std::string why;
    void fields(auto& f) { f("failed")("why", why); }
};

using Any =
    std::variant<Unknown, Start, End, Run, Command, Queue, Campaign, Folder, Scan, Unfit, Refused, Fitted, Checked,
                 Evaluated, Merged, Memory, Staged, Prepared, Worker, Worked, Sampling, Sampled, Interrupted, Failed>;

}  // namespace events

struct Event {
    events::Any what;
    std::string time{};          // UTC, if any; the journal's own
    std::optional<double> up{};  // seconds since the journal was opened

    Event() = default;
    // Not explicit: append(events::Failed{...}).
    template <class What>
    // NOLINTNEXTLINE(bugprone-forwarding-reference-overload): an Event is no alternative, so copies do not come here
    requires std::constructible_from<events::Any, What> Event(What&& one) : what(std::forward<What>(one)) {}

    // Null where it is another one.
    template <class What>
    [[nodiscard]] const What* as() const {
        return std::get_if<What>(&what);
    }
};

// Lenient: a field that is missing or of another type reads as empty, a list's entry that is no text as an empty one.
[[nodiscard]] Event parse_event(nlohmann::json json);
[[nodiscard]] nlohmann::json to_json(Event event);

}  // namespace hlaunch
