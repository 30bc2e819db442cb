#include "homodyne/plan/estimate.h"

#include "catch.h"
#include "homodyne/plan/forecast.h"

using namespace hlaunch;
using namespace hlaunch::homodyne;

namespace {

constexpr std::uint64_t gibibyte = 1ULL << 30U;

}  // namespace

TEST_CASE("NLSQ's way by the memory it sees: homodyne's own example and each border") {
    // 23 million points, 53 parameters: 23e6 * 53 * 8 * 6.5 bytes.
    const auto large = nlsq_memory(23'000'000, 53, 64 * gibibyte);
    CHECK(large.peak_gib == Approx(59.03).epsilon(1e-3));
    CHECK(large.threshold_gib == Approx(48.0));
    CHECK(large.strategy == NlsqStrategy::out_of_core);
    CHECK(nlsq_memory(23'000'000, 53, 128 * gibibyte).strategy == NlsqStrategy::standard);
    CHECK(nlsq_memory(9'000'000'000, 9, 64 * gibibyte).strategy == NlsqStrategy::hybrid_streaming);
    CHECK(to_string(NlsqStrategy::hybrid_streaming) == "hybrid_streaming");
    // The fraction is clamped as homodyne clamps it.
    CHECK(nlsq_memory(1, 1, 100 * gibibyte, 0.01).threshold_gib == Approx(10.0));
    CHECK(nlsq_memory(1, 1, 100 * gibibyte, 5.0).threshold_gib == Approx(90.0));
}

TEST_CASE("estimate: a placement whose memory is unknown has no way, and nothing fits what is not known") {
    std::vector<Placement> placements(2);
    placements[1].index = 1;
    placements[1].memory_bytes = 8 * gibibyte;
    const auto rows = estimate(placements, 1'000'000, 5, 0.75);
    CHECK_FALSE(rows[0].nlsq);
    REQUIRE(rows[1].nlsq);
    CHECK(rows[1].nlsq->strategy == NlsqStrategy::standard);
    CHECK(rows[1].instances_that_fit() == 0);
}

TEST_CASE("estimate: workers of each placement, and how many instances its memory holds") {
    std::vector<Placement> placements(2);
    placements[0].cores = 16;
    placements[0].memory_bytes = 64 * gibibyte;
    placements[1] = placements[0];
    placements[1].index = 1;
    placements[1].cores = 4;
    Facts facts;
    facts.data_points = 100'000;
    facts.nlsq_parameters = 5;
    facts.nlsq_memory_bytes = 26'000'000;
    facts.points = 200'000;
    facts.num_shards = 20;
    facts.chains = 4;
    facts.shards.assign(20, {.points = 10'000, .noise_scale = 0.1, .cost = 1e4});
    const auto rows = estimate(placements, facts, AnalysisRequest{});
    CHECK(rows[0].workers == 7);
    CHECK(rows[1].workers == 1);
    CHECK(rows[0].cmc_bytes > rows[1].cmc_bytes);
    CHECK(rows[0].instances_that_fit() == rows[0].memory_bytes / rows[0].cmc_bytes);
    CHECK(rows[1].instances_that_fit() > rows[0].instances_that_fit());
}

TEST_CASE(
    "what exact would take: by the measured evaluation, the cores and the draws; laminar flow is told that it is the "
    "better way") {
    Facts facts;
    facts.points = 4'000'000;
    facts.analysis_mode = "static";
    facts.evaluation_s_per_point = 20e-9;
    // 2 million pairs of 20 ns, 2 evaluations a draw and 1,000 for the maxima: 200 s, and the workers' start.
    CHECK(forecast_exact_seconds(facts, 1, 2000.0) == Approx(210.0));
    CHECK(forecast_exact_seconds(facts, 2, 2000.0) == Approx(110.0));
    CHECK(forecast_exact_seconds(facts, 0, 2000.0) == Approx(210.0));
    CHECK_THAT(describe_exact(facts, 1, 2000.0), contains_text("about 4 min"));
    CHECK_THAT(describe_exact(facts, 1, 2000.0), !contains_text("laminar"));
    facts.evaluation_s_per_point.reset();
    facts.points = 30'000;
    facts.analysis_mode = "laminar_flow";
    CHECK_THAT(describe_exact(facts, 2, 2000.0), contains_text("--posterior exact would take about 15 s"));
    CHECK_THAT(describe_exact(facts, 2, 2000.0), contains_text("for laminar_flow it is the better way"));
}
