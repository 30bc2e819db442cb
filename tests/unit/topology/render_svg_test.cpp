#include "topology/render_svg.h"

#include <string>

#include "catch.h"
#include "topology/small_machine.h"

using namespace hlaunch;

namespace {

std::size_t occurrences(const std::string& text, const std::string& piece) {
    std::size_t n = 0;
    for (auto at = text.find(piece); at != std::string::npos; at = text.find(piece, at + 1)) ++n;
    return n;
}

}  // namespace

TEST_CASE("the drawing labels each core with its placement and escapes names") {
    const auto svg = render_svg(small_machine(), {{"0", IdSet{0, 1}}}, IdSet{2});
    CHECK(svg.find("a&lt;b&gt;&amp;&quot;c&quot;") != std::string::npos);
    CHECK(occurrences(svg, "<title>CPUs") == 2);
    CHECK(svg.find("class=\"reserved\"") != std::string::npos);
    CHECK(svg == render_svg(small_machine(), {{"0", IdSet{0, 1}}}, IdSet{2}));
}

TEST_CASE("a drawing without placements or cores is still a drawing") {
    CHECK(render_svg(Machine{}, {}, {}).starts_with("<svg"));
}
