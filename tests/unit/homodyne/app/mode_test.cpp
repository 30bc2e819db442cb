#include "homodyne/app/mode.h"

#include "base/error.h"
#include "catch.h"

using namespace hlaunch::homodyne;

TEST_CASE("devices by mode and physical cores") {
    struct Row {
        unsigned cores, automatic, cmc, cmc_hpc;
    };
    for (const auto& row : {Row{1, 1, 1, 1},
                            {2, 2, 2, 2},
                            {4, 2, 4, 4},
                            {7, 2, 4, 7},
                            {8, 4, 4, 8},
                            {15, 4, 4, 8},
                            {16, 6, 4, 8},
                            {35, 6, 4, 8},
                            {36, 8, 4, 8},
                            {128, 8, 4, 8}}) {
        INFO(row.cores << " cores");
        CHECK(xla_devices(Mode::automatic, row.cores) == row.automatic);
        CHECK(xla_devices(Mode::cmc, row.cores) == row.cmc);
        CHECK(xla_devices(Mode::cmc_hpc, row.cores) == row.cmc_hpc);
        CHECK(xla_devices(Mode::nlsq, row.cores) == 1);
        CHECK(blas_threads(Mode::nlsq, row.cores) == row.cores);
        CHECK(blas_threads(Mode::cmc, row.cores) >= 1);
        CHECK(blas_threads(Mode::cmc, row.cores) <= 2);
    }
    CHECK(blas_threads(Mode::cmc, 7) == 1);
    CHECK(blas_threads(Mode::cmc, 8) == 2);
}

TEST_CASE("workers by the guide's formula") {
    CHECK(guide_workers(1) == 1);
    CHECK(guide_workers(2) == 1);
    CHECK(guide_workers(4) == 1);
    CHECK(guide_workers(6) == 2);
    CHECK(guide_workers(16) == 7);
    CHECK(guide_workers(64) == 31);
    CHECK(guide_workers(128) == 63);
}

TEST_CASE("modes are read and written, others refused") {
    for (const char* name : {"auto", "cmc", "cmc-hpc", "nlsq"}) CHECK(to_string(parse_mode(name)) == name);
    for (const char* bad : {"", "CMC", "cmc_hpc", "both"}) CHECK_THROWS_AS(parse_mode(bad), hlaunch::Error);
}
