#include "base/text/svg_block.h"

#include "catch.h"

using namespace hlaunch;

TEST_CASE("grids add up their blocks and gaps") {
    const SvgBlock block{10, 5, ""};
    const auto grid = svg_grid({block, block, block}, 2, 1);
    CHECK(grid.width == 21);
    CHECK(grid.height == 11);
    CHECK(svg_grid({}, 3, 1).height == 0);
}
