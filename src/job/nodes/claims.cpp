#include "job/nodes/claims.h"

#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <random>

#include "base/error.h"
#include "base/json_fields.h"
#include "os/files/file.h"
#include "run/journal/journal_lock.h"

namespace hlaunch {
namespace {

constexpr auto longest_wait = std::chrono::minutes(10);

// Held for a moment at a time: who comes second waits.
std::unique_ptr<JournalLock> wait_for_lock(const std::string& path, Clock& clock) {
    const auto began = clock.now();
    std::minstd_rand chance(std::random_device{}());
    for (;;) {
        try {
            return std::make_unique<JournalLock>(path, clock);
        } catch (const Error& error) {
            if (error.code() != ExitCode::usage || clock.now() - began > longest_wait) throw;
        }
        clock.sleep(std::chrono::milliseconds(20 + chance() % 180));
    }
}

// Of each worker once: it has claims by the hundred.
class Living {
  public:
    explicit Living(const RunFolder& run) : run_(run) {}
    bool operator()(const std::string& worker) {
        const auto [known, fresh] = known_.try_emplace(worker, false);
        if (fresh) known->second = lock_status(RunFolder{run_.worker(worker)}.lock()).state != LockState::free;
        return known->second;
    }

  private:
    const RunFolder& run_;
    std::map<std::string, bool> known_;
};

}  // namespace

Claims::ByShard Claims::read() const {
    ByShard out;
    const auto json = nlohmann::json::parse(try_read_text(run_.claims()).value_or(""), nullptr, false);
    for (const auto& claim : list_in(json, "claims")) {
        const auto shard = number_in(claim, "shard");
        if (!shard || *shard < 0.0 || *shard > 1e9) continue;
        out[static_cast<unsigned>(*shard)] = {
            .worker = text_in(claim, "worker"), .job = text_in(claim, "job"), .failed = flag_in(claim, "failed")};
    }
    return out;
}

void Claims::change(const std::function<void(ByShard&)>& edit) {
    const auto lock = wait_for_lock(run_.claims() + ".lock", clock_);
    auto claims = read();
    edit(claims);
    nlohmann::json json{{"format", "hlaunch-claims"}, {"version", 1}, {"claims", nlohmann::json::array()}};
    for (const auto& [shard, claim] : claims) {
        nlohmann::json one{{"shard", shard}, {"worker", claim.worker}, {"job", claim.job}};
        if (claim.failed) one["failed"] = true;
        json["claims"].push_back(std::move(one));
    }
    lock->heartbeat();
    write_atomically(run_.claims(), json.dump(1) + "\n");
}

std::vector<unsigned> Claims::take(const Choose& choose) {
    std::vector<unsigned> out;
    change([&](ByShard& claims) {
        Living lives(run_);
        std::set<unsigned> taken;
        std::erase_if(claims, [&](const auto& entry) {
            const auto& claim = entry.second;
            if (claim.failed) return claim.job != job_;
            return claim.worker == worker_ || !lives(claim.worker);
        });
        for (const auto& [shard, claim] : claims) taken.insert(shard);
        out = choose(taken);
        for (const auto shard : out) claims[shard] = {.worker = worker_, .job = job_, .failed = false};
    });
    return out;
}

void Claims::give_up(const std::set<unsigned>& shards) {
    change([&](ByShard& claims) {
        for (const auto shard : shards) claims[shard] = {.worker = worker_, .job = job_, .failed = true};
    });
}

std::map<unsigned, std::string> Claims::drawn_by_others() const {
    std::map<unsigned, std::string> out;
    Living lives(run_);
    for (const auto& [shard, claim] : read())
        if (!claim.failed && claim.worker != worker_ && lives(claim.worker)) out[shard] = claim.worker;
    return out;
}

}  // namespace hlaunch
