#include "queue/simulation.h"

#include "base/error.h"
#include "catch.h"
#include "queue/part_durations.h"

using namespace hlaunch;

namespace {

SimulatedWork work(const std::vector<double>& seconds) {
    SimulatedWork out;
    out.parts = parts_of(seconds);
    return out;
}

}  // namespace

TEST_CASE("two placements, by hand", "[simulation]") {
    // 5 and 4 start; then 3 beside 5 on the second: 4 + 3 = 7, 5 + 2 = 7.
    const auto result = simulate({{2, 0}}, work({2, 3, 4, 5}));
    CHECK(result.makespan_s == 7.0);
    CHECK(result.lower_bound_s == 7.0);
    CHECK(result.idle_share == Approx(0.0));
    CHECK(result.peak_starts == 2);
}

TEST_CASE("more nodes than parts, and no parts at all", "[simulation]") {
    const auto result = simulate(std::vector<QueueNode>(10, {1, 0}), work({5, 1}));
    CHECK(result.makespan_s == 5.0);
    CHECK(result.lower_bound_s == 5.0);
    CHECK(result.idle_share == Approx(1.0 - 6.0 / 50.0));
    CHECK(simulate({{1, 0}}, {}).makespan_s == 0.0);
}

TEST_CASE("memory keeps placements empty", "[simulation]") {
    auto four = work({1, 1, 1, 1});
    for (auto& part : four.parts) part.part.memory_bytes = 6;
    const auto result = simulate({{4, 12}}, four);
    CHECK(result.makespan_s == 2.0);
    CHECK(result.peak_node_bytes == 12);
}

TEST_CASE("starts and the file system", "[simulation]") {
    auto parts = work({10, 10, 10, 10});
    parts.start_s = 5.0;
    parts.read_bytes = 100;
    parts.write_bytes = 20;
    const auto result = simulate({{2, 0}}, parts);
    CHECK(result.makespan_s == 30.0);
    CHECK(result.mean_bytes_per_s == Approx(4 * 120.0 / 30.0));
    CHECK(result.peak_bytes_per_s == Approx(2 * 100 / 5.0 + 2 * 20.0));  // two end as the next two start
}

TEST_CASE("longest first is within 2 % of the lower bound for 1 to 1,000 placements", "[simulation]") {
    const auto parts = work(DurationDistribution::parse("lognormal:60s,0.6").draw(100'000, 7));
    for (const unsigned placements : {1U, 2U, 10U, 100U, 1000U}) {
        const auto result = simulate(std::vector<QueueNode>(placements, {1, 0}), parts);
        INFO(placements << " placements: " << result.makespan_s / result.lower_bound_s);
        CHECK(result.makespan_s >= result.lower_bound_s * (1 - 1e-9));
        CHECK(result.makespan_s <= 1.02 * result.lower_bound_s);
    }
}

TEST_CASE("what is badly known beforehand costs a little", "[simulation]") {
    auto parts = work(DurationDistribution::parse("lognormal:60s,0.6").draw(10'000, 7));
    blur_costs(parts.parts, 0.5, 7);
    const auto result = simulate(std::vector<QueueNode>(100, {1, 0}), parts);
    CHECK(result.makespan_s <= 1.1 * result.lower_bound_s);
}

TEST_CASE("durations are what they are called, and the same for the same seed", "[simulation]") {
    const auto draws = DurationDistribution::parse("lognormal:2m,0.5").draw(20'001, 3);
    auto sorted = draws;
    std::sort(sorted.begin(), sorted.end());
    CHECK(sorted[10'000] == Approx(120.0).epsilon(0.02));
    CHECK(DurationDistribution::parse("lognormal:2m,0.5").draw(20'001, 3) == draws);
    for (const double seconds : DurationDistribution::parse("uniform:1m,3m").draw(1000, 1)) {
        CHECK(seconds >= 60.0);
        CHECK(seconds <= 180.0);
    }
    CHECK(DurationDistribution::parse("90s").draw(2, 1) == std::vector<double>{90.0, 90.0});
    for (const char* text :
         {"", "lognormal", "lognormal:1m", "lognormal:1m,x", "normal:1,2", "uniform:3m,1m", "lognormal:1m,-1", "x:y,z"})
        CHECK_THROWS_AS(DurationDistribution::parse(text), Error);
}

TEST_CASE("parts as they were measured, or drawn from them", "[simulation]") {
    const std::vector<MeasuredDuration> measured{{"fit", 1.0}, {"fit", 2.0}};
    CHECK(resample(measured, 0, 1).size() == 2);
    const auto many = resample(measured, 100, 1);
    CHECK(many.size() == 100);
    for (const auto& part : many) CHECK((part.seconds == 1.0 || part.seconds == 2.0));
    CHECK(resample({}, 5, 1).empty());
}
