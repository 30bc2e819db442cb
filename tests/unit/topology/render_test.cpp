#include <string>

#include "catch.h"
#include "topology/render_svg.h"
#include "topology/render_text.h"
#include "topology/svg_block.h"

using namespace hlaunch;

namespace {

Machine small_machine() {
    Machine machine;
    machine.name = "a<b>&\"c\"";
    machine.cpus = IdSet::parse("0-3");
    machine.cpuset_cpus = machine.cpus;
    machine.allowed_cpus = IdSet::parse("0-2");
    machine.allowed_mems = IdSet{0};
    machine.packages = {{0, machine.cpus}};
    machine.cores = {{IdSet{0, 1}}, {IdSet{2, 3}}};
    NumaNode node;
    node.cpus = machine.cpus;
    node.memory_bytes = 1ULL << 30U;
    machine.numa_nodes = {node};
    return machine;
}

std::size_t occurrences(const std::string& text, const std::string& piece) {
    std::size_t n = 0;
    for (auto at = text.find(piece); at != std::string::npos; at = text.find(piece, at + 1)) ++n;
    return n;
}

}  // namespace

TEST_CASE("a box a package, a line a node") {
    CHECK(render_boxes(small_machine(), false) ==
          "+- package 0 -----------------------------+\n"
          "| node 0  1.0 GiB  2 cores  3/4 CPUs  0-3 |\n"
          "+-----------------------------------------+\n");
}

TEST_CASE("all lines of a box are equally wide") {
    auto machine = small_machine();
    machine.packages[0].os_index = 123456;
    NumaNode memory;
    memory.os_index = 7;
    memory.subtype = "CXL";
    machine.numa_nodes.push_back(memory);
    const auto text = render_boxes(machine, false);
    std::size_t width = text.find('\n');
    for (std::size_t at = 0; at < text.size(); at = text.find('\n', at) + 1) CHECK(text.find('\n', at) - at == width);
}

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

TEST_CASE("grids add up their blocks and gaps") {
    const SvgBlock block{10, 5, ""};
    const auto grid = svg_grid({block, block, block}, 2, 1);
    CHECK(grid.width == 21);
    CHECK(grid.height == 11);
    CHECK(svg_grid({}, 3, 1).height == 0);
}
