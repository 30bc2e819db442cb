#include "topology/render_text.h"

#include "catch.h"
#include "topology/small_machine.h"

using namespace hlaunch;

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
