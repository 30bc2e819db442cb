#include "homodyne/results/shard_file.h"

#include <unistd.h>

#include <array>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "catch.h"
#include "merge/npz/npz.h"

using namespace hlaunch;
namespace fs = std::filesystem;

namespace {

struct Scratch {
    fs::path path = fs::temp_directory_path() / ("hlaunch-shards-" + std::to_string(::getpid()));
    Scratch() { fs::create_directories(path); }
    ~Scratch() { fs::remove_all(path); }
};

std::string scalar(std::int64_t value) {
    return encode_npy(std::span<const std::int64_t>(&value, 1), {});
}

fs::path write_shard(const fs::path& path, const std::string& meta, std::int64_t shard = 1,
                     std::int64_t num_shards = 4) {
    std::vector<double> values(2 * 3 * 2);
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<double>(i);
    const std::vector<std::string> names{"D0_z", "D0"};
    std::ofstream(path, std::ios::binary)
        << encode_npz({{"samples", encode_npy(std::span<const double>(values), std::array<std::size_t, 3>{2, 3, 2})},
                       {"param_names", encode_npy(std::span<const std::string>(names), std::array<std::size_t, 1>{2})},
                       {"shard", scalar(shard)},
                       {"num_shards", scalar(num_shards)},
                       {"n_points", scalar(9940)},
                       {"divergent", scalar(0)},
                       {"meta", encode_npy(std::span<const std::string>(&meta, 1), {})}});
    return path;
}

}  // namespace

TEST_CASE("shard file: read as written, damage named") {
    const Scratch scratch;
    const std::string meta =
        R"({"run_key":"k","homodyne":"2.23.3","seed":42,"model":"m","analysis_mode":"static","per_angle_mode":"auto","dt":0.1,
            "t_max":6.3,"q":0.0054,"t_ref":null,"n_warmup":500,"sites":[
            {"name":"D0_z","parameter":"D0","kind":"z","center":30000.0,"scale":20000.0,"low":1000.0,"high":200000.0,
             "prior_loc":0.0,"prior_scale":2.0,"full_prior_scale":1.0},
            {"name":"log_D_ref","parameter":"log_D_ref","kind":"direct","low":null,"high":null,"prior_loc":10.0,
             "prior_scale":0.1,"full_prior_scale":0.1},
            {"name":"sigma","kind":"nuisance"}]})";
    const ShardFile file = load_shard_file(write_shard(scratch.path / "00001.npz", meta));
    CHECK(file.shard == 1);
    CHECK(file.num_shards == 4);
    CHECK(file.n_points == 9940);
    CHECK(file.columns.chains == 2);
    CHECK(file.columns.values(4, 1) == 9.0);  // chain 1, draw 1
    REQUIRE(file.meta.has_value());
    CHECK(file.meta->times.t_max == 6.3);
    CHECK_FALSE(file.meta->times.t_ref.has_value());
    REQUIRE(file.meta->sites.size() == 2);
    CHECK(file.meta->sites[0].prior_sd == 2.0);
    CHECK_FALSE(file.meta->sites[1].low.has_value());

    const auto refused = [&](const std::string& text, std::int64_t shard = 1, std::int64_t num_shards = 4) {
        try {
            (void)load_shard_file(write_shard(scratch.path / "bad.npz", text, shard, num_shards));
        } catch (const Error& error) {
            return std::string(error.what()).find("bad.npz") != std::string::npos && error.code() == ExitCode::usage;
        }
        return false;
    };
    CHECK(refused("not json"));
    CHECK(refused("[]"));
    CHECK(refused(R"({"sites": 3})"));
    CHECK(refused(R"({"sites": [{"name": "a", "parameter": "a", "kind": "z"}]})"));
    CHECK(refused(R"({"sites": [{"name": "a", "parameter": "a", "kind": "odd"}]})"));
    CHECK(refused(R"({"dt": "fast"})"));
    CHECK(refused("{}", 4, 4));
    CHECK(refused("{}", -1, 4));
    CHECK(refused("{}", 0, 0));
}
