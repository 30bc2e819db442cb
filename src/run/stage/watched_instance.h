// What is to be started and what is known of it while it runs.
#pragma once

#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "os/observe/proof.h"
#include "os/process/process_tree.h"
#include "os/spawn/child.h"
#include "run/progress/progress.h"
#include "run/states/outcome.h"
#include "run/supervisor/watch.h"
#include "run/watch/runnable_tally.h"
#include "run/watch/unit_tally.h"
#include "run/watch/usage.h"

namespace hlaunch {

struct StageInstance {
    unsigned part = 0;
    unsigned placement = 0;  // instances of one placement run one after the other
    bool anywhere = false;   // whichever placement is free takes it; place() then fits it to that one
    std::function<void(StageInstance&, unsigned placement)> place;  // empty: its binding alone is set
    std::string label;                                              // for people
    ChildSpec spec;
    std::string marker;            // "HLAUNCH_INSTANCE=...": in spec.env too, finds detached descendants
    std::string shm_prefix;        // entries of /dev/shm to remove afterwards; empty: none known
    std::string temporary_folder;  // of its own, see TreeSpec; empty: none
    std::string units_dir;         // counts finished *.npz and *.warm in it; empty: nothing to count
    unsigned units_total = 0;
    unsigned units_before = 0;  // were in units_dir before the start
    UnitTally::Read read_unit;  // empty: they say nothing
    std::string proof_path;     // empty: no proof is written
    std::string usage_path;     // usage.csv; empty: none is written
    unsigned planned_workers = 0;
    std::string worker_sign;  // a worker's command line holds this
    std::uint64_t forecast_bytes = 0;
    std::uint64_t memory_bytes = 0;    // of its placement; 0: unknown
    double cost = 1.0;                 // in whatever its stage counts
    std::optional<double> expected_s;  // how long it may take, from former runs
    // What only the application's side knows of an end (a bad config, missing outputs); nothing: it stays as it is.
    std::function<std::optional<Outcome>(Outcome, const ExitStatus&)> judge;
    // How it is started when it is tried again after this outcome; empty: as it was.
    std::function<StageInstance(Outcome)> again;
};

[[nodiscard]] unsigned count_units(const std::string& folder);

// Reads a running tree from time to time: progress for people, proof for the record.
class WatchedInstance final : public Watch {
  public:
    // reaper: the nearest subreaper, whose children its orphans become.
    WatchedInstance(StageInstance instance, pid_t pid, pid_t reaper, Clock::Time now);

    [[nodiscard]] std::optional<double> look(World& world, Clock::Time now) override;
    [[nodiscard]] bool had(pid_t pid) const override;
    void complete(TaskEnd& end, Clock::Time now) override;  // writes proof and usage, removes shared memory
    [[nodiscard]] InstanceProgress progress(const std::string& state, Clock::Time now) const;

  private:
    void refresh(const std::vector<ProcessInfo>& all, Clock::Time now);
    [[nodiscard]] double seconds(Clock::Time now) const;
    [[nodiscard]] double cpu_seconds() const;
    // Of the proof, what is not as planned of affinity, memory and threads: "threads: 3 runnable ..."; a line each.
    [[nodiscard]] std::vector<std::string> broken_promises() const;
    void remember_shared_memory();                        // of processes that may be killed
    [[nodiscard]] unsigned remove_shared_memory() const;  // after the end; returns how many
    void take_proof(Clock::Time now);
    [[nodiscard]] nlohmann::json proof() const;
    void write_proof() const;
    void write_usage() const;
    void remember_usage(Clock::Time now);
    [[nodiscard]] std::optional<unsigned> sample_runnable(Clock::Time now);
    [[nodiscard]] unsigned count_workers(const std::vector<ProcessProof>& proofs) const;

    StageInstance instance_;
    ProcessTree tree_;
    pid_t reaper_;
    Clock::Time started_, last_refresh_, next_proof_, next_runnable_;
    double proof_interval_s_ = 1.0;
    std::map<std::pair<pid_t, std::uint64_t>, double> cpu_by_process_;
    double cpu_seconds_before_ = 0.0;  // of a process that has served others
    double cpu_percent_ = 0.0;
    std::uint64_t resident_bytes_ = 0, peak_resident_bytes_ = 0;
    unsigned processes_ = 0, seen_workers_ = 0, most_workers_ = 0, most_threads_ = 0;
    UnitTally units_;
    UsageHistory usage_;
    RunnableTally runnable_;
    std::optional<double> local_share_, remote_share_;  // newest, not yet in usage_
    std::vector<ProcessProof> best_proof_;
    double best_proof_at_s_ = 0.0;
    std::set<std::uint64_t> there_before_;                // inodes in /dev/shm at the start
    std::map<std::string, std::uint64_t> shared_memory_;  // name to inode, seen mapped
};

// The proof as JSON (docs/schemas/proof.schema.json): planned, observed, verdicts. Pure.
struct ProofInputs {
    const StageInstance& instance;
    const std::vector<ProcessProof>& processes;
    double taken_at_s = 0.0;
    unsigned workers = 0;
    double cpu_seconds = 0.0;
    std::uint64_t peak_resident_bytes = 0;
    RunnableTally runnable = {};
};
[[nodiscard]] nlohmann::json proof_json(const ProofInputs& inputs);
// Its verdicts on affinity, memory and threads that are not ok, as "NAME: TEXT". How many workers there were is the
// application's own business.
[[nodiscard]] std::vector<std::string> failed_verdicts(const nlohmann::json& proof);

}  // namespace hlaunch
