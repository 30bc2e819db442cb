#include "catch.h"
#include "run/stage/watched_instance.h"

using namespace hlaunch;

namespace {

ProcessProof process_on(const char* cpus, std::uint64_t node0, std::uint64_t node1) {
    ProcessProof out;
    out.pid = 7;
    out.threads = 3;
    out.affinity = {{.cpus = IdSet::parse(cpus), .threads = 3}};
    out.memory.policy = "bind:1";
    out.memory.anonymous = {{0, node0}, {1, node1}};
    return out;
}

nlohmann::json proof_of(const ProcessProof& process, unsigned workers, const RunnableTally& runnable = {}) {
    StageInstance instance;
    instance.spec.binding = Binding{.cpus = {2, 3}, .mems = {1}, .policy = MemPolicy::bind};
    instance.planned_workers = 2;
    const std::vector<ProcessProof> processes{process};
    return proof_json(
        {.instance = instance, .processes = processes, .taken_at_s = 1, .workers = workers, .runnable = runnable});
}

bool verdict(const nlohmann::json& proof, const std::string& name) {
    for (const auto& entry : proof["verdicts"])
        if (entry["name"] == name) return entry["ok"];
    FAIL("no verdict " << name);
    return false;
}

}  // namespace

TEST_CASE("an obedient tree") {
    const auto proof = proof_of(process_on("2-3", 0, 4096000), 2);
    CHECK(verdict(proof, "affinity"));
    CHECK(verdict(proof, "memory"));
    CHECK(verdict(proof, "workers"));
    CHECK(proof["observed"]["threads"] == 3);
    CHECK(proof["planned"]["cpus"] == "2-3");
}

TEST_CASE("each disobedience is a verdict of its own") {
    CHECK_FALSE(verdict(proof_of(process_on("1-3", 0, 4096000), 2), "affinity"));
    CHECK_FALSE(verdict(proof_of(process_on("2", 4096000, 4096000), 2), "memory"));
    CHECK_FALSE(verdict(proof_of(process_on("2", 0, 4096000), 5), "workers"));
}

TEST_CASE("what is told to people: affinity, memory and threads, not how many workers there were") {
    CHECK(failed_verdicts(proof_of(process_on("2-3", 0, 4096000), 5)).empty());
    RunnableTally crowd;
    for (unsigned i = 0; i < 8; ++i) crowd.add(i < 5 ? 3 : 1);
    CHECK(failed_verdicts(proof_of(process_on("1-3", 4096000, 4096000), 2, crowd)) ==
          std::vector<std::string>{
              "affinity: threads may run on 1-3, planned 2-3", "memory: 50.0 % of anonymous memory on node 1",
              "threads: 3 runnable at the median, at most 3, for 2 PUs; more than that in 62.5 % of 8 samples, in "
              "57.1 % twice in a row"});
    CHECK(failed_verdicts("no proof").empty());
}

TEST_CASE("runnable threads beside the PUs of the binding") {
    RunnableTally runnable;
    CHECK(proof_of(process_on("2-3", 0, 4096000), 2, runnable)["verdicts"].size() == 3);  // none without a sample
    for (const unsigned count : {1U, 2U, 2U, 3U}) runnable.add(count);
    const auto proof = proof_of(process_on("2-3", 0, 4096000), 2, runnable);
    CHECK(verdict(proof, "threads"));
    CHECK(proof["verdicts"][2]["text"] == "2 runnable at the median, at most 3, for 2 PUs");
    const auto& observed = proof["observed"]["runnable_threads"];
    CHECK(observed ==
          nlohmann::json{{"samples", 4}, {"median", 2}, {"largest", 3}, {"share_above", 0.25}, {"share_lasting", 0.0}});
    runnable.add(3);
    runnable.add(3);
    const auto crowded = proof_of(process_on("2-3", 0, 4096000), 2, runnable);
    CHECK_FALSE(verdict(crowded, "threads"));
    CHECK(crowded["verdicts"][2]["text"] ==
          "3 runnable at the median, at most 3, for 2 PUs; more than that in 50.0 % of 6 samples, in 40.0 % twice in a "
          "row");
}
