#include "homodyne/app/ends.h"

#include "catch.h"

using namespace hlaunch::homodyne;

TEST_CASE("the application's own words on its end", "[ends]") {
    CHECK(end_of(1, "ERROR | something") == End::unknown);
    CHECK(end_of(2, "usage: homodyne") == End::bad_input);
    CHECK(end_of(78, "hlaunch-refused: no such shard") == End::bad_input);
    CHECK(end_of(130, "x\nhlaunch-refused: a worker died in mid-shard (out of memory?)\n") == End::worker_died);
    CHECK(end_of(1, "WARNING Shard 1 failed [crash]: Process killed by signal SIGKILL (exit_code=-9)\nERROR Success") ==
          End::worker_died);
    CHECK(end_of(1, "Shard 1 failed [crash]: Process killed by signal SIGSEGV (exit_code=-11)") == End::unknown);
}
