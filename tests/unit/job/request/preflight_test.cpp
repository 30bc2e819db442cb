#include "job/request/preflight.h"

#include "catch.h"

using namespace hlaunch;

TEST_CASE("the wishes reach the request as they are, and so does a short run", "[job]") {
    AnalysisSpec analysis;
    analysis.app = {"sh"};
    analysis.mode = homodyne::Mode::cmc;
    analysis.num_workers = 3;
    analysis.keep_stratification = analysis.stage = true;
    const homodyne::ShortRun wanted{.num_warmup = 5, .num_samples = 7, .num_shards = 0, .fix_shards = true};
    auto environment = Environment{};
    environment.set("PATH", "/usr/bin:/bin");
    environment.set("HOME", "/nonexistent");
    const auto request = check_request(analysis, environment, wanted);
    auto wish = static_cast<const homodyne::AnalysisWish&>(analysis);
    wish.app = {"/usr/bin/sh"};
    CHECK(static_cast<const homodyne::AnalysisWish&>(request) == wish);
    REQUIRE(request.short_run);
    CHECK(request.short_run->num_warmup == 5);
    CHECK(request.short_run->num_samples == 7);
    CHECK(request.short_run->fix_shards);
}
