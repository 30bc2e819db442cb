#include "run/progress/progress.h"

#include "catch.h"

using namespace hlaunch;

TEST_CASE("a line a placement") {
    InstanceProgress p;
    p.label = "part 000";
    p.cpus = "0-15";
    p.units_done = 3;
    p.units_total = 8;
    p.elapsed_s = 64;
    p.cpu_percent = 712;
    p.resident_bytes = 6ULL << 30U;
    p.state = "running";
    CHECK(render_progress(p, 200) == "  part 000  cpus 0-15        3/8 shards    1m04s  cpu  712%   6.0 GiB  running");
    CHECK(render_progress(p, 64) == "  part 000    3/8 shards    1m04s  cpu  712%   6.0 GiB  running");
    CHECK(render_progress(p, 60) == "  part 000    3/8 shards    1m04s  cpu  712%  running");
    CHECK(render_progress(p, 40) == "  part 000    3/8 shards  running");
    CHECK(render_progress(p, 20).size() == 20);
    p.draws = 6000;
    p.r_hat = 1.0123;
    CHECK(render_progress(p, 200) ==
          "  part 000  cpus 0-15        3/8 shards  6000 draws  R-hat 1.012    1m04s  cpu  712%   6.0 GiB  running");
    CHECK(render_progress(p, 80) == "  part 000    3/8 shards  6000 draws  R-hat 1.012    1m04s  cpu  712%  running");
}

TEST_CASE("the time left is that of the slowest, and unknown before the first shard") {
    InstanceProgress a, b;
    a.state = b.state = "running";
    a.units_total = b.units_total = 4;
    a.units_done = 2;
    b.units_done = 1;
    a.elapsed_s = b.elapsed_s = 10;
    CHECK(estimate_remaining_s({a, b}).value() == Approx(30.0));
    b.units_done = 0;
    CHECK_FALSE(estimate_remaining_s({a, b}));
    b.state = "done";
    CHECK(estimate_remaining_s({a, b}).value() == Approx(10.0));
}
