#include "job/request/preflight.h"

#include "catch.h"

using namespace hlaunch;

TEST_CASE("a wish for a short run reaches the survey", "[job]") {
    JobOptions options;
    options.app = {"sh"};
    options.short_run = homodyne::ShortRun{.num_warmup = 5, .num_samples = 7, .num_shards = 0, .fix_shards = true};
    auto environment = Environment{};
    environment.set("PATH", "/usr/bin:/bin");
    environment.set("HOME", "/nonexistent");
    const auto request = check_request(options, environment);
    REQUIRE(request.short_run);
    CHECK(request.short_run->num_warmup == 5);
    CHECK(request.short_run->num_samples == 7);
    CHECK(request.short_run->fix_shards);
}
