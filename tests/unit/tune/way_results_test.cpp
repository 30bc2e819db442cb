#include "tune/way_results.h"

#include "catch.h"

using namespace hlaunch;

namespace {

WayMeasured way(const std::string& name, std::vector<double> sampling_s, std::vector<double> whole_s) {
    WayMeasured out;
    out.name = name;
    out.sampling_s = std::move(sampling_s);
    out.whole_s = std::move(whole_s);
    return out;
}

}  // namespace

TEST_CASE("a way is faster only beyond the spread", "[tune]") {
    const auto slow = way("unbound", {60.0, 62.0, 61.0}, {90.0, 92.0, 91.0});
    CHECK(ways_verdicts({slow, way("hlaunch", {40.0, 41.0, 42.0}, {80.0, 81.0, 82.0})}) ==
          std::vector<std::string>{
              "sampling: hlaunch is faster than unbound by 20 s, 0.67 of its time; the rounds differ by 2 s"});
    CHECK(ways_verdicts({slow, way("hlaunch", {60.0, 59.0, 59.5}, {1.0, 1.0, 1.0})}) ==
          std::vector<std::string>{
              "sampling: no difference measured between unbound and hlaunch: 1.5 s apart, the rounds differ by 2 s"});
    // Slower is said as plainly.
    CHECK_THAT(ways_verdicts({slow, way("hlaunch", {90.0, 90.0}, {99.0, 99.0})}).front(),
               contains_text("unbound is faster than hlaunch by 29 s"));
}

TEST_CASE("what cannot be compared is not", "[tune]") {
    const auto one = way("unbound", {60.0}, {90.0});
    CHECK_THAT(ways_verdicts({one, way("hlaunch", {1.0}, {2.0})}).front(), contains_text("nothing can be said"));
    auto failed = way("numactl", {1.0, 1.0}, {2.0, 2.0});
    failed.failed = "exit code 1";
    auto skipped = way("hlaunch", {}, {});
    skipped.skipped = "not there";
    CHECK_THAT(ways_verdicts({one, failed, skipped}).front(), contains_text("fewer than two"));
    // Where one does not tell its sampling, the whole run is compared.
    CHECK_THAT(ways_verdicts({way("unbound", {}, {90.0, 90.0}), way("hlaunch", {1.0, 1.0}, {80.0, 80.0})}).front(),
               contains_text("whole run: hlaunch is faster"));
    CHECK(ways_verdicts({way("a", {1, 1}, {1, 1}), way("b", {2, 2}, {2, 2}), way("c", {3, 3}, {3, 3})}).size() == 3);
}

TEST_CASE("the table of ways", "[tune]") {
    auto slow = way("unbound", {60.0, 62.0, 61.0}, {90.0, 92.0, 91.0});
    slow.remote_share = {0.5, 0.25, 0.375};
    auto gone = way("numactl", {}, {});
    gone.skipped = "numactl is not on PATH";
    slow.draws = 400;
    CHECK(ways_table({slow, gone, way("hlaunch", {}, {45.5, 45.5})}) ==
          "way       rounds  sampling     least-most s  ratio     whole     least-most s  ratio   remote     draws\n"
          "unbound        3      61.0        60.0-62.0   1.00      91.0        90.0-92.0   1.00   37.5 %       400\n"
          "numactl   skipped: numactl is not on PATH\n"
          "hlaunch        2         -                -      -      45.5        45.5-45.5   0.50        -         -\n");
}

TEST_CASE("fewer draws made sooner are told", "[tune]") {
    auto slow = way("unbound", {60.0, 60.0}, {90.0, 90.0});
    auto fast = way("hlaunch", {30.0, 30.0}, {90.0, 90.0});
    slow.draws = 400;
    fast.draws = 200;
    CHECK_THAT(ways_verdicts({slow, fast}).front(), contains_text("but it made 200 draws against 400"));
}
