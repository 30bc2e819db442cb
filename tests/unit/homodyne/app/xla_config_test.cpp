#include "homodyne/app/xla_config.h"

#include "catch.h"

using namespace hlaunch::homodyne;

TEST_CASE("the guide's block counts in singular and plural") {
    const auto one = guide_block(recommend_xla(Mode::automatic, 1, 1, 1));
    CHECK(one.starts_with("Detected CPU: 1 logical core, 1 physical core, 1 NUMA node\nRecommended settings:\n"));
    CHECK(one.find("device_count=1\n  OMP_NUM_THREADS=1\n") != std::string::npos);
    CHECK(guide_block(recommend_xla(Mode::cmc_hpc, 256, 128, 8))
              .starts_with("Detected CPU: 256 logical cores, 128 physical cores, 8 NUMA nodes\n"));
}

TEST_CASE("settings files are known again, others are not") {
    const auto settings = recommend_xla(Mode::nlsq, 8, 4, 1);
    CHECK(is_settings_file(sh_settings(settings)));
    CHECK(is_settings_file(fish_settings(settings)));
    CHECK_FALSE(is_settings_file(""));
    CHECK_FALSE(is_settings_file("export OMP_NUM_THREADS=4\n" + sh_settings(settings)));
}
