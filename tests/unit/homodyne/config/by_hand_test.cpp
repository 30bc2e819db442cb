#include "homodyne/config/by_hand.h"

#include "catch.h"

using namespace hlaunch::homodyne;

TEST_CASE("the command lines of a start by hand") {
    const auto plain =
        hand_command({.app = {"uv", "run", "homodyne"}, .config = "c.yaml", .nlsq_result = "n", .output = "o"});
    CHECK(plain == std::vector<std::string>{"uv", "run", "homodyne", "--config", "c.yaml", "--method", "cmc",
                                            "--nlsq-result", "n", "--output-dir", "o"});
    const auto half = with_numactl(
        1, hand_command({.app = {"h"}, .config = "c", .nlsq_result = "n", .output = "o", .chains = 2, .draws = 50}));
    CHECK(half == std::vector<std::string>{"numactl", "--cpunodebind=1", "--membind=1", "h", "--config", "c",
                                           "--method", "cmc", "--nlsq-result", "n", "--n-chains", "2", "--n-samples",
                                           "50", "--output-dir", "o"});
}

TEST_CASE("chains as the command line takes them from a config") {
    CHECK(yaml_chains("optimization: {mcmc: {num_chains: 2}}") == 2);
    CHECK(yaml_chains("optimization: {cmc: {per_shard_mcmc: {num_chains: 2}}}") == 4);
    for (const char* text : {"", "a: 1", "optimization: 3", "optimization: {mcmc: {num_chains: many}}", "[", "a: b: c"})
        CHECK(yaml_chains(text) == 4);
    CHECK(yaml_chains("optimization: {mcmc: {num_chains: 0}}") == 1);
}

TEST_CASE("what the log of a real run tells") {
    // Cut from homodyne 2.23.3; each line is there twice.
    const auto log = read_sampling_log(
        "2026-11-24 21:26:38 | \033[32mINFO\033[0m | homodyne.optimization.cmc.core | [run=1 analysis=cmc] Starting "
        "CMC "
        "analysis: 6,627 points, mode=static, q=0.0054\n"
        "INFO:homodyne.optimization.cmc.core:[run=1 analysis=cmc] Starting CMC analysis: 6,627 points\n"
        "2026-11-24 21:27:26 | INFO     | homodyne.optimization.cmc.sampler | [run=1] diverging total=3 shape=(2, 20)\n"
        "INFO:homodyne.optimization.cmc.sampler:[run=1] diverging total=3 shape=(2, 20)\n"
        "2026-11-24 21:27:26 | INFO     | homodyne.optimization.cmc.sampler | [run=1] diverging chain[0]=3\n"
        "2026-11-24 21:28:04 | INFO     | homodyne.optimization.cmc.sampler | [run=1] diverging total=0 shape=(2, 20)\n"
        "2026-11-24 21:28:04 | INFO     | homodyne.optimization.cmc.sampler | [run=1] Sampling complete in 16.3s, 0 "
        "divergences\n"
        "2026-11-24 21:28:06 | \033[32mINFO\033[0m | homodyne.optimization.cmc.backends.multiprocessing | [run=1 "
        "backend=multiprocessing] Combined 1/2 shards (overall divergence rate: 0.0%, 0/80)\n");
    REQUIRE(log.begin_s);
    REQUIRE(log.end_s);
    CHECK(*log.end_s - *log.begin_s == Approx(86.0));
    CHECK(log.draws == 80);
    CHECK(log.divergent == 3);
    REQUIRE(log.combined);
    CHECK(log.combined->first == 1);
    CHECK(log.combined->second == 2);
}

TEST_CASE("a log that tells nothing") {
    for (const std::string_view text : {"", "\n\n", "Starting CMC analysis: 1", "2026-13-99 | Sampling complete in",
                                        "2026-11-24 21:26:38 Sampling complete in 1s"}) {
        const auto log = read_sampling_log(text);
        CHECK_FALSE(log.begin_s);
        CHECK_FALSE(log.end_s);
        CHECK(log.draws == 0);
        CHECK_FALSE(log.combined);
    }
}
