#include "os/files/heartbeat.h"

#include <fstream>

#include "base/clock.h"
#include "catch.h"
#include "os/files/exclusive_file.h"
#include "support/temporary_folder.h"

using namespace hlaunch;

namespace {

void age(const std::filesystem::path& path, int seconds) {
    std::filesystem::last_write_time(path,
                                     std::filesystem::file_time_type::clock::now() - std::chrono::seconds(seconds));
}

// Whether it is touched before long.
bool becomes_young(const std::filesystem::path& path) {
    SystemClock clock;
    const auto patience = clock.now() + std::chrono::seconds(20);
    while (age_seconds(path).value_or(99.0) > 40.0) {
        if (clock.now() > patience) return false;
        clock.sleep(std::chrono::milliseconds(1));
    }
    return true;
}

}  // namespace

TEST_CASE("a file is kept fresh, but not one that took its name") {
    const TemporaryFolder folder;
    std::ofstream(folder / "ours") << "a";
    std::ofstream(folder / "theirs") << "b";
    age(folder / "ours", 50);
    age(folder / "theirs", 50);
    const Heartbeat fresh(folder / "ours", std::chrono::milliseconds(1));
    CHECK(becomes_young(folder / "ours"));
    std::filesystem::create_hard_link(folder / "ours", folder / "still ours");
    std::filesystem::rename(folder / "theirs", folder / "ours");
    age(folder / "still ours", 50);
    CHECK(becomes_young(folder / "still ours"));
    CHECK(age_seconds(folder / "ours").value_or(0.0) > 40.0);
}

TEST_CASE("what is not kept fresh any more ends at once, whatever its interval") {
    const TemporaryFolder folder;
    std::ofstream(folder / "ours") << "a";
    SystemClock clock;
    const auto before = clock.now();
    { const Heartbeat fresh(folder / "ours", std::chrono::hours(24)); }
    { const Heartbeat nothing(folder / "absent", std::chrono::hours(24)); }
    CHECK(clock.now() - before < std::chrono::minutes(1));
}
