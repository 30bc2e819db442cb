#include "run/stage/watched_instance.h"

#include <algorithm>
#include <filesystem>
#include <set>
#include <utility>

#include "base/error.h"
#include "os/files/file.h"
#include "os/observe/remote_share.h"
#include "os/observe/runnable_threads.h"
#include "os/process/shared_memory.h"
#include "run/supervisor/task_source.h"

namespace hlaunch {
namespace {

double seconds_between(Clock::Time from, Clock::Time to) {
    return std::chrono::duration<double>(to - from).count();
}

// A record that cannot be written (a full disk) must not end what it is about.
void write_quietly(const std::string& path, const std::string& text) {
    try {
        write_atomically(path, text);
    } catch (const Error&) {
        return;
    }
}

// Of anonymous pages, on these nodes; absent where there are none to speak of.
std::optional<double> local_share(const std::vector<ProcessProof>& proofs, const IdSet& mems) {
    std::uint64_t local = 0, all = 0;
    for (const auto& proof : proofs)
        for (const auto& [node, bytes] : proof.memory.anonymous) {
            all += bytes;
            if (mems.contains(node)) local += bytes;
        }
    return all > 0 && !mems.empty() ? std::optional(static_cast<double>(local) / static_cast<double>(all))
                                    : std::nullopt;
}

}  // namespace

unsigned count_units(const std::string& folder) {
    unsigned count = 0;
    std::error_code failed;
    for (std::filesystem::directory_iterator at(folder, failed), end; !failed && at != end; at.increment(failed))
        if (const auto kind = at->path().extension(); kind == ".npz" || kind == ".warm") ++count;
    return count;
}

WatchedInstance::WatchedInstance(StageInstance instance, pid_t pid, pid_t reaper, Clock::Time now)
    : instance_(std::move(instance)),
      tree_(pid, instance_.marker),
      reaper_(reaper),
      started_(now),
      last_refresh_(now),
      next_proof_(now + std::chrono::milliseconds(500)),
      next_runnable_(now) {
    for (const auto& entry : list_shared_memory({})) there_before_.insert(entry.inode);
    if (const auto process = read_process(pid)) cpu_seconds_before_ = process->cpu_seconds;
}

std::optional<double> WatchedInstance::look(World& world, Clock::Time now) {
    refresh(world.processes(now), now);
    return cpu_seconds();
}

void WatchedInstance::complete(TaskEnd& end, Clock::Time now) {
    tree_.reap_orphans();
    end.shared_memory_removed += remove_shared_memory();
    write_proof();
    write_usage();
    end.broken_promises = broken_promises();
    end.seconds = seconds(now);
    end.cpu_seconds = std::max(end.cpu_seconds, cpu_seconds());
    end.peak_resident_bytes = std::max(end.peak_resident_bytes, peak_resident_bytes_);
}

void WatchedInstance::refresh(const std::vector<ProcessInfo>& all, Clock::Time now) {
    const double before = cpu_seconds();
    tree_.refresh(all, reaper_);
    resident_bytes_ = 0;
    processes_ = 0;
    for (const auto& process : tree_.members()) {
        cpu_by_process_[{process.pid, process.start_ticks}] = process.cpu_seconds;
        if (process.dead()) continue;
        resident_bytes_ += process.resident_bytes;
        ++processes_;
    }
    peak_resident_bytes_ = std::max(peak_resident_bytes_, resident_bytes_);
    const double elapsed = seconds_between(last_refresh_, now);
    if (elapsed > 0.2) cpu_percent_ = 100.0 * std::max(0.0, cpu_seconds() - before) / elapsed;
    last_refresh_ = now;
    if (now >= next_proof_) take_proof(now);
    units_.look(instance_.units_dir, instance_.read_unit);
    remember_usage(now);
}

void WatchedInstance::remember_usage(Clock::Time now) {
    if (processes_ == 0) return;
    UsageSample sample;
    sample.at_s = seconds(now);
    sample.cpu_percent = cpu_percent_;
    sample.resident_bytes = resident_bytes_;
    sample.processes = processes_;
    for (const auto& process : tree_.members())
        if (!process.dead()) sample.threads += process.threads;
    sample.local_share = std::exchange(local_share_, std::nullopt);
    sample.runnable = sample_runnable(now);
    sample.remote_share = std::exchange(remote_share_, std::nullopt);
    usage_.add(sample);
}

std::optional<unsigned> WatchedInstance::sample_runnable(Clock::Time now) {
    if (now < next_runnable_) return std::nullopt;
    const auto runnable = count_runnable_threads(tree_.members());
    // Every thread is a file to read. A pause of a hundred times what that took keeps it to one percent of a CPU,
    // however many threads there are; at least half a second, since a tree that ends is looked at more often.
    next_runnable_ = now + duration_of(std::max(0.5, 100.0 * runnable.cost_s));
    runnable_.add(runnable.count);
    return runnable.count;
}

double WatchedInstance::seconds(Clock::Time now) const {
    return seconds_between(started_, now);
}

double WatchedInstance::cpu_seconds() const {
    double sum = 0.0;
    for (const auto& [process, cpu] : cpu_by_process_) sum += cpu;
    return std::max(0.0, sum - cpu_seconds_before_);
}

bool WatchedInstance::had(pid_t pid) const {
    const auto first = cpu_by_process_.lower_bound({pid, 0});
    return first != cpu_by_process_.end() && first->first.first == pid;
}

unsigned WatchedInstance::count_workers(const std::vector<ProcessProof>& proofs) const {
    if (instance_.worker_sign.empty()) return 0;
    std::set<pid_t> signed_ones;
    for (const auto& proof : proofs)
        if (command_line(proof.pid, 4096).find(instance_.worker_sign) != std::string::npos)
            signed_ones.insert(proof.pid);
    // A worker's child has its command line until it executes another program.
    const auto& members = tree_.members();
    return static_cast<unsigned>(std::count_if(members.begin(), members.end(), [&](const ProcessInfo& process) {
        return signed_ones.contains(process.pid) && !signed_ones.contains(process.ppid);
    }));
}

void WatchedInstance::take_proof(Clock::Time now) {
    // Reading page tables of a large process costs it time: often at first, then each minute.
    proof_interval_s_ = std::min(60.0, proof_interval_s_ * 2.0);
    next_proof_ = now + duration_of(proof_interval_s_);
    auto proofs = read_proofs(tree_.members());
    if (proofs.empty()) return;
    // An application may start the next worker while the last one still ends; on a busy machine both are seen. Too many
    // are those of two looks in a row.
    const unsigned seen = count_workers(proofs), planned = instance_.planned_workers;
    const unsigned workers = planned > 0 && seen > planned ? std::max(planned, std::min(seen, seen_workers_)) : seen;
    seen_workers_ = seen;
    unsigned threads = 0;
    for (const auto& proof : proofs) threads += proof.threads;
    remote_share_ = remote_share(proofs, read_cpu_nodes());
    if (instance_.spec.binding) local_share_ = local_share(proofs, instance_.spec.binding->mems);
    remember_shared_memory();
    write_usage();
    if (workers < most_workers_ || (workers == most_workers_ && threads < most_threads_)) return;
    most_workers_ = workers;
    most_threads_ = threads;
    best_proof_ = std::move(proofs);
    best_proof_at_s_ = seconds(now);
    write_proof();
}

void WatchedInstance::write_usage() const {
    if (instance_.usage_path.empty() || usage_.samples().empty()) return;
    write_quietly(instance_.usage_path, usage_csv(usage_.samples()));
}

nlohmann::json WatchedInstance::proof() const {
    return proof_json({.instance = instance_,
                       .processes = best_proof_,
                       .taken_at_s = best_proof_at_s_,
                       .workers = most_workers_,
                       .cpu_seconds = cpu_seconds(),
                       .peak_resident_bytes = peak_resident_bytes_,
                       .runnable = runnable_});
}

std::vector<std::string> WatchedInstance::broken_promises() const {
    if (instance_.proof_path.empty() || best_proof_.empty()) return {};
    return failed_verdicts(proof());
}

void WatchedInstance::write_proof() const {
    if (instance_.proof_path.empty() || best_proof_.empty()) return;
    write_quietly(instance_.proof_path, proof().dump(1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
}

InstanceProgress WatchedInstance::progress(const std::string& state, Clock::Time now) const {
    InstanceProgress out;
    out.part = instance_.part;
    out.label = instance_.label;
    out.cpus = instance_.spec.binding ? instance_.spec.binding->cpus.str() : "any";
    out.units_total = instance_.units_total;
    if (!instance_.units_dir.empty())
        out.units_done = std::min(count_units(instance_.units_dir) - instance_.units_before, out.units_total);
    out.elapsed_s = seconds(now);
    out.cpu_percent = cpu_percent_;
    out.resident_bytes = resident_bytes_;
    out.processes = processes_;
    out.draws = units_.draws();
    out.r_hat = units_.r_hat();
    out.state = state;
    return out;
}

void WatchedInstance::remember_shared_memory() {
    // Of an analysis only: what any other command has mapped may be a server's, or the user's own.
    if (instance_.shm_prefix.empty()) return;
    for (const auto& process : tree_.members())
        if (!process.dead())
            for (const auto& entry : shared_memory_of(process.pid))
                if (!there_before_.contains(entry.inode)) shared_memory_[entry.name] = entry.inode;
}

unsigned WatchedInstance::remove_shared_memory() const {
    std::vector<SharedMemoryEntry> entries;
    for (const auto& [name, inode] : shared_memory_) entries.push_back({.name = name, .bytes = 0, .inode = inode});
    if (!instance_.shm_prefix.empty()) {
        const std::vector<std::string> prefixes{instance_.shm_prefix, "sem." + instance_.shm_prefix};
        const auto named = list_shared_memory(prefixes);
        entries.insert(entries.end(), named.begin(), named.end());
    }
    return static_cast<unsigned>(hlaunch::remove_shared_memory(entries).size());
}

}  // namespace hlaunch
