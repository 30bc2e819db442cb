#include "run/watch/unit_tally.h"

#include <cmath>
#include <fstream>

#include "catch.h"
#include "support/temporary_folder.h"

using namespace hlaunch;

TEST_CASE("each file is read once, one at a look; the worst R-hat and all draws are kept") {
    const TemporaryFolder folder;
    UnitTally tally;
    unsigned reads = 0;
    const auto read = [&](const std::string& path) -> std::optional<UnitNews> {
        ++reads;
        const auto name = path.substr(path.rfind('/') + 1);
        if (name == "a.npz") return UnitNews{.draws = 100, .r_hat = 1.01};
        if (name == "b.npz") return UnitNews{.draws = 50, .r_hat = std::nan("")};
        if (name == "c.npz") return UnitNews{.draws = 25, .r_hat = 1.2};
        return std::nullopt;
    };
    tally.look((folder / "nowhere").native(), read);
    CHECK(reads == 0);
    CHECK_FALSE(tally.r_hat());
    for (const char* name : {"a.npz", "b.npz", "c.npz", "torn.npz", "x.tmp"}) std::ofstream(folder / name) << name;
    for (unsigned look = 1; look <= 10; ++look) {
        tally.look(folder.path().native(), read);
        CHECK(reads == std::min(look, 4U));
    }
    CHECK(tally.draws() == 175);
    CHECK(tally.r_hat() == 1.2);
    tally.look(folder.path().native(), {});
    CHECK(reads == 4);
}
