// The layout of a run folder. All paths absolute.
#pragma once

#include <fmt/format.h>

#include <string>

namespace hlaunch {

// Every process of a run with a folder finds it in its environment.
inline constexpr const char* run_folder_variable = "HLAUNCH_RUN_FOLDER";

// One instance's own folder: nothing in it is shared with another instance.
struct PartFolder {
    std::string root;
    [[nodiscard]] std::string config() const { return root + "/config.yaml"; }
    [[nodiscard]] std::string task() const { return root + "/task.json"; }
    [[nodiscard]] std::string cache() const { return root + "/cache"; }
    [[nodiscard]] std::string jit_cache() const { return root + "/cache/jit"; }
    [[nodiscard]] std::string staged() const { return work() + "/staged"; }  // in the staged config: staged
    [[nodiscard]] std::string work() const { return root + "/work"; }
    [[nodiscard]] std::string out() const { return root + "/out"; }
    [[nodiscard]] std::string shards() const { return root + "/shards"; }
    [[nodiscard]] std::string stdout_log() const { return root + "/stdout.log"; }
    [[nodiscard]] std::string stderr_log() const { return root + "/stderr.log"; }
    [[nodiscard]] std::string examination() const { return root + "/examination.json"; }  // of an NLSQ fit
    [[nodiscard]] std::string proof() const { return root + "/proof.json"; }
    [[nodiscard]] std::string profile() const { return root + "/profile"; }
    [[nodiscard]] std::string tracemalloc() const { return root + "/tracemalloc"; }
    [[nodiscard]] std::string usage() const { return root + "/usage.csv"; }
};

struct RunFolder {
    std::string root;
    std::string survey_name = "survey";  // another while it is not known to be this run's
    std::string scans_name = "scans";    // of a rank: the scans are where rank 0 has them
    [[nodiscard]] std::string plan() const { return root + "/plan.json"; }
    [[nodiscard]] std::string journal() const { return root + "/journal.jsonl"; }
    [[nodiscard]] std::string lock() const { return journal() + ".lock"; }
    [[nodiscard]] std::string status() const { return root + "/status.json"; }
    [[nodiscard]] std::string stop() const { return root + "/stop"; }  // a file of this name asks for a stop
    [[nodiscard]] PartFolder survey() const { return {root + "/" + survey_name}; }
    [[nodiscard]] PartFolder nlsq() const { return {root + "/nlsq"}; }
    [[nodiscard]] PartFolder evaluate() const { return {root + "/evaluate"}; }
    [[nodiscard]] std::string posterior() const { return root + "/posterior"; }  // of an exact one: points, rounds
    // Of a run over several nodes: each worker is a run of its own in there, but for the survey and NLSQ.
    [[nodiscard]] std::string workers() const { return root + "/workers"; }
    [[nodiscard]] std::string worker(const std::string& name) const { return workers() + "/" + name; }
    [[nodiscard]] std::string claims() const { return root + "/claims.json"; }  // who draws which shard
    [[nodiscard]] std::string parts() const { return root + "/parts"; }
    [[nodiscard]] PartFolder part(unsigned index) const { return {fmt::format("{}/parts/{:03}", root, index)}; }
    // Of a campaign: a folder a scan, one a method in it; warm workers by placement; the tables are in the root.
    [[nodiscard]] std::string scan(const std::string& name) const { return root + "/" + scans_name + "/" + name; }
    [[nodiscard]] PartFolder scan_nlsq(const std::string& name) const { return {scan(name) + "/nlsq"}; }
    [[nodiscard]] PartFolder scan_cmc(const std::string& name) const { return {scan(name) + "/cmc"}; }
    [[nodiscard]] PartFolder scan_posterior(const std::string& name) const { return {scan(name) + "/posterior"}; }
    [[nodiscard]] std::string scan_merged(const std::string& name) const { return scan(name) + "/merged"; }
    [[nodiscard]] PartFolder server(unsigned placement) const {
        return {fmt::format("{}/servers/{}", root, placement)};
    }
    [[nodiscard]] std::string table_csv() const { return root + "/table.csv"; }
    [[nodiscard]] std::string table_json() const { return root + "/table.json"; }
    [[nodiscard]] std::string pictures() const { return root + "/pictures"; }
    [[nodiscard]] std::string usage_picture() const { return root + "/usage.svg"; }
    [[nodiscard]] std::string merged() const { return root + "/merged"; }
};

}  // namespace hlaunch
