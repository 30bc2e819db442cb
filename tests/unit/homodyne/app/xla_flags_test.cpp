#include "homodyne/app/xla_flags.h"

#include "catch.h"

using namespace hlaunch::homodyne;

TEST_CASE("the user's proper XLA flags stay, bare tokens and ours go") {
    CHECK(xla_flags("", 4) == "--xla_cpu_multi_thread_eigen=false --xla_force_host_platform_device_count=4");
    CHECK(xla_flags("intra_op_parallelism_threads=3 --xla_dump_to=/d --xla_force_host_platform_device_count=9", 2) ==
          "--xla_dump_to=/d --xla_cpu_multi_thread_eigen=false --xla_force_host_platform_device_count=2");
    // Only the very flags: a longer name is another one.
    CHECK(xla_flags("--xla_cpu_multi_thread_eigen_x=1", 1).starts_with("--xla_cpu_multi_thread_eigen_x=1 "));
}

TEST_CASE("each trap of XLA_FLAGS is told once, in its order") {
    CHECK(lint_xla_flags("").empty());
    CHECK(lint_xla_flags("  --xla_dump_to=/d\t--xla_dump_hlo_as_text ").empty());
    const auto traps = lint_xla_flags(
        "flags.txt --xla_dump_to=/a intra_op_parallelism_threads=3 --xla_dump_to=/b --xla_dump_to=/c "
        "--xla_force_host_platform_device_count=9");
    REQUIRE(traps.size() == 4);
    CHECK(traps[0].find("begins with 'flags.txt'") != std::string::npos);
    CHECK(traps[1].find("bare word 'intra_op_parallelism_threads=3'") != std::string::npos);
    CHECK(traps[2].find("--xla_dump_to more than once") != std::string::npos);
    CHECK(traps[3].find("--xla_force_host_platform_device_count: hlaunch sets its own") != std::string::npos);
}
