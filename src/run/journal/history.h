// What a journal has told so far: folded once as it is read, then kept up to date by each event that is appended.
// Resume, durations, campaigns and workers ask it; an answer costs the same however long the journal is. Of the tasks
// of a queue it holds nothing: there may be many (QueueEnds).
#pragma once

#include <compare>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "run/journal/events.h"

namespace hlaunch {

// How a stage of a campaign's scan has gone.
struct FormerStage {
    std::optional<Outcome> outcome;  // of its last end; absent: none, or it was stopped
    std::string hash;                // of the result that was found good
    std::string why, time, host;
    double seconds = 0.0, cpu_seconds = 0.0;
};

struct RunHistory {
    void take(const Event& event);

    std::vector<std::string> kinds;  // that events tell of (run_kind.h), in their order
    // A command or queue was begun by a version that hashed the variables of --key-env without a secret: what it has
    // done under them is not known again.
    bool hashed_without_secret = false;
    std::vector<events::Json> identities;  // of the starts of an analysis

    // cost x the largest ratio of seconds to cost among the instances of that stage that ended well; absent before the
    // first.
    [[nodiscard]] std::optional<double> expected_seconds(const std::string& stage, double cost) const;
    std::map<std::string, double> seconds_per_cost;

    struct Instance {
        bool ended_well = false;         // and was not started again since
        std::vector<std::string> proof;  // of its last end
    };
    using StagePart = std::pair<std::string, unsigned>;
    std::map<StagePart, Instance> instances;  // not of a campaign's scans
    std::map<StagePart, events::Memory> memory;

    using StageHash = std::pair<std::string, std::string>;
    std::set<StageHash> checked, fitted;
    std::map<std::string, bool> evaluated;  // by the hash of the draws: with plots
    std::optional<events::Prepared> prepared;
    std::vector<events::Sampled> sampled;

    std::vector<std::string> command_keys;             // by part, of the last start of a command
    std::map<std::string, events::End> commands_done;  // by key, the last that was done

    // Of a campaign. posterior_key goes to the end of a posterior's key.
    struct ScanStage {
        std::string name, key, stage;
        auto operator<=>(const ScanStage&) const = default;
    };
    std::map<std::string, unsigned> scans;  // numbers by name
    std::map<unsigned, events::Scan> scan_by_part;
    std::map<ScanStage, FormerStage> scan_stages;

    std::optional<events::Worker> worker;  // its last start, in its own journal
    std::string host;                      // of the last start of a worker or a campaign
    Event ending;                          // the last "failed", "interrupted" or "worked" since the worker's start
    bool ends_with_it = false;             // nothing came after it

  private:
    void take(const events::End& end, const Event& event);
    FormerStage* stage_of(std::optional<unsigned> scan, const std::string& stage, const Event& event);
};

}  // namespace hlaunch
