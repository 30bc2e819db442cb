#include "run/watch/usage.h"

#include "catch.h"

using namespace hlaunch;

TEST_CASE("usage survives its CSV, and a torn line is left out") {
    const std::vector<UsageSample> samples{{.at_s = 0.5,
                                            .cpu_percent = 98.4,
                                            .resident_bytes = 1'000'000,
                                            .processes = 2,
                                            .threads = 9,
                                            .local_share = 0.25,
                                            .runnable = 3,
                                            .remote_share = 0.75},
                                           {.at_s = 1.5,
                                            .cpu_percent = 0.0,
                                            .resident_bytes = 1,
                                            .processes = 1,
                                            .threads = 1,
                                            .local_share = {},
                                            .runnable = {},
                                            .remote_share = {}}};
    const auto text = usage_csv(samples);
    CHECK(text ==
          "seconds,cpu_percent,resident_bytes,processes,threads,local_share,runnable,remote_share\n"
          "0.5,98.4,1000000,2,9,0.2500,3,0.7500\n1.5,0.0,1,1,1,,,\n");
    const auto back = parse_usage_csv(text + "2.5,1.0,7,1,1,0.5,extra\n2.6,1.0,7,1,1,0.5,2,3,4\n3.5,1.0,7");
    REQUIRE(back.size() == 2);
    CHECK(back[0].at_s == 0.5);
    CHECK(back[0].resident_bytes == 1'000'000);
    CHECK(back[0].local_share.value() == 0.25);
    CHECK(back[0].runnable == 3);
    CHECK(back[0].remote_share.value() == 0.75);
    CHECK_FALSE(back[1].local_share);
    CHECK_FALSE(back[1].runnable);
    CHECK_FALSE(back[1].remote_share);
}

TEST_CASE("usage written before there were columns of runnable threads and remote pages") {
    const auto back = parse_usage_csv(
        "seconds,cpu_percent,resident_bytes,processes,threads,local_share\n0.5,98.4,1000000,2,9,0.2500\n1.5,1,7,1,1,"
        "\n");
    REQUIRE(back.size() == 2);
    CHECK(back[0].threads == 9);
    CHECK(back[0].local_share.value() == 0.25);
    CHECK_FALSE(back[0].runnable);
    CHECK_FALSE(back[1].local_share);
    CHECK_FALSE(back[1].remote_share);
}

TEST_CASE("the remote share of a run: by memory, over the samples that have one") {
    CHECK_FALSE(mean_remote_share({}));
    std::vector<UsageSample> samples(3);
    samples[0].resident_bytes = 100;
    samples[0].remote_share = 1.0;
    samples[1].resident_bytes = 1'000'000;
    samples[2].resident_bytes = 300;
    samples[2].remote_share = 0.0;
    CHECK(mean_remote_share(samples).value() == Approx(0.25));
}

TEST_CASE("a long history stays small, spans the whole time, and keeps its peak and its shares") {
    UsageHistory history(100);
    for (int i = 0; i < 10'000; ++i) {
        UsageSample sample;
        sample.at_s = i;
        sample.cpu_percent = 100.0;
        sample.resident_bytes = i == 3 ? 5'000'000 : 1'000'000;
        if (i % 1000 == 1) sample.local_share = 1.0;
        if (i % 1000 == 7) sample.runnable = 4;
        history.add(sample);
    }
    const auto& samples = history.samples();
    CHECK(samples.size() <= 100);
    CHECK(samples.size() >= 40);
    CHECK(samples.front().at_s < 200);
    CHECK(samples.back().at_s > 9'700);
    std::uint64_t peak = 0;
    unsigned shares = 0, runnable = 0;
    for (std::size_t i = 0; i < samples.size(); ++i) {
        peak = std::max(peak, samples[i].resident_bytes);
        shares += samples[i].local_share ? 1 : 0;
        runnable += samples[i].runnable == 4 ? 1 : 0;
        CHECK(samples[i].cpu_percent == Approx(100.0));
        if (i > 0) CHECK(samples[i].at_s > samples[i - 1].at_s);
    }
    CHECK(peak == 5'000'000);
    CHECK(shares >= 8);
    CHECK(runnable >= 8);
}
