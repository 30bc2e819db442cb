#include "topology/render_svg.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

#include "base/text/quantity.h"
#include "base/text/svg_block.h"
#include "topology/locality.h"

namespace hlaunch {
namespace {

constexpr double core_size = 19;
constexpr double core_gap = 3;

// Neighbours differ in hue as well as in lightness; white or dark text reads on each.
struct Colour {
    std::string_view fill;
    std::string_view text;
};
constexpr std::array<Colour, 10> palette{{{"#2f6db5", "#fff"},
                                          {"#f0a63a", "#3a2600"},
                                          {"#3f9e6b", "#fff"},
                                          {"#c8504f", "#fff"},
                                          {"#86c5e8", "#08324a"},
                                          {"#7a5ba6", "#fff"},
                                          {"#cfd25c", "#3a3b00"},
                                          {"#d884b6", "#46072c"},
                                          {"#1f8a93", "#fff"},
                                          {"#8d6b53", "#fff"}}};

constexpr std::string_view css =
    "text{font-family:'Inter','DejaVu Sans',system-ui,sans-serif;fill:#1d2733}"
    ".title{font-size:12px;font-weight:600}.note{font-size:12px;fill:#5d6b7a}"
    ".head{font-weight:600}.sub{fill:#5d6b7a}"
    ".package{fill:#eef1f5;stroke:#b9c3cf}.node{fill:#fff;stroke:#cdd5de}"
    ".l3{fill:#f2f5f8;stroke:none}.memory{fill:#e3e9f0;stroke:none}"
    ".label{font-size:10px;font-weight:600;text-anchor:middle}"
    ".hollow{fill:#fff;stroke:#c4ccd6;stroke-dasharray:2 2}.idle{fill:#dde3ea}"
    ".reserved{fill:url(#hatch);stroke:#8a97a6}";

struct Picture {
    const Machine& machine;
    std::vector<Locality> localities;
    std::vector<UsableCore> cores;             // of the whole machine, allowed or not
    std::map<unsigned, std::size_t> slice_of;  // PU -> slice
    const std::vector<Slice>& slices;
    const IdSet& reserved;
};

std::string rect(std::string_view attributes, double y, double height) {
    return fmt::format("<rect {} y=\"{:.1f}\" width=\"{}\" height=\"{:.1f}\" rx=\"3\"/>", attributes, y, core_size,
                       height);
}

SvgBlock draw_core(const Picture& picture, const UsableCore& core) {
    SvgBlock out{core_size, core_size, {}};
    std::size_t taken = 0;
    std::size_t slice = picture.slices.size();
    for (const auto pu : core.cpus)
        if (const auto at = picture.slice_of.find(pu); at != picture.slice_of.end()) {
            ++taken;
            slice = at->second;
        }
    if (core.cpus.intersects(picture.reserved)) {
        out.svg = rect("class=\"reserved\"", 0, core_size);
    } else if (taken > 0) {
        const auto& colour = palette[slice % palette.size()];
        const double height = core_size * static_cast<double>(taken) / static_cast<double>(core.cpus.size());
        if (taken < core.cpus.size()) out.svg = rect("class=\"hollow\"", 0, core_size);
        out.svg += rect(fmt::format("fill=\"{}\"", colour.fill), core_size - height, height);
        out.svg +=
            fmt::format("<text class=\"label\" x=\"{}\" y=\"13.2\" style=\"fill:{}\">{}</text>", core_size / 2,
                        taken < core.cpus.size() ? "#1d2733" : colour.text, svg_escaped(picture.slices[slice].label));
    } else {
        const bool allowed = core.cpus.intersects(picture.machine.allowed_cpus);
        out.svg = rect(allowed ? "class=\"idle\"" : "class=\"hollow\"", 0, core_size);
    }
    out.svg = fmt::format("<g><title>CPUs {}</title>{}</g>", core.cpus.str(), out.svg);
    return out;
}

// A rectangle of cores about twice as wide as high, without a ragged last row where it divides.
std::size_t core_columns(std::size_t cores) {
    const auto root = std::sqrt(2.0 * static_cast<double>(cores));
    const auto wanted = static_cast<std::size_t>(std::max(1.0, std::ceil(root)));
    for (std::size_t columns = wanted; columns <= wanted + wanted / 2; ++columns)
        if (cores % columns == 0) return columns;
    return wanted;
}

SvgBlock draw_cores(const Picture& picture, const std::vector<std::size_t>& members) {
    std::map<std::size_t, std::vector<SvgBlock>> by_l3;
    for (const auto c : members) {
        std::size_t l3 = 0;
        while (l3 < picture.machine.l3.size() && !picture.machine.l3[l3].intersects(picture.cores[c].cpus)) ++l3;
        by_l3[l3].push_back(draw_core(picture, picture.cores[c]));
    }
    std::vector<SvgBlock> clusters;
    for (const auto& [l3, cores] : by_l3) {
        auto grid = svg_grid(cores, core_columns(cores.size()), core_gap);
        clusters.push_back(by_l3.size() > 1 ? svg_panel(grid, "l3", "", "", 4) : std::move(grid));
    }
    return svg_grid_with_aspect(clusters, 2.0, 5);
}

SvgBlock draw_memory(const NumaNode& node) {
    const auto kind = node.subtype.empty() ? "" : node.subtype + " ";
    const auto size = node.memory_bytes > 0 ? format_bytes(node.memory_bytes) : "memory";
    const auto text = fmt::format("{}{} · node {}{}", kind, size, node.os_index, node.allowed ? "" : ", not allowed");
    return svg_panel(svg_text(text, "sub", 11), "memory", "", "", 4);
}

SvgBlock draw_locality(const Picture& picture, std::size_t index, double least_width) {
    std::vector<std::size_t> members;
    for (std::size_t c = 0; c < picture.cores.size(); ++c)
        if (picture.cores[c].locality == index) members.push_back(c);
    std::vector<SvgBlock> parts;
    std::string title = "all CPUs";
    if (index < picture.localities.size()) {
        const auto& locality = picture.localities[index];
        title = fmt::format("NUMA node {}", picture.machine.numa_nodes[locality.dram.front()].os_index);
        std::vector<SvgBlock> memories;
        for (const auto n : locality.nodes) memories.push_back(draw_memory(picture.machine.numa_nodes[n]));
        parts = {draw_cores(picture, members), svg_stack(memories, 3)};
    } else {
        parts = {draw_cores(picture, members)};
    }
    constexpr double padding = 9;
    auto inner = svg_stack(parts, 7);
    inner.width = std::max(inner.width, least_width - 2 * padding);
    return svg_panel(inner, "node", title, fmt::format("{} core{}", members.size(), members.size() == 1 ? "" : "s"),
                     padding);
}

std::size_t package_of_locality(const Picture& picture, std::size_t locality) {
    for (const auto& core : picture.cores)
        if (core.locality == locality) return core.package;
    return picture.machine.packages.size();
}

SvgBlock draw_packages(const Picture& picture) {
    std::map<std::size_t, std::vector<SvgBlock>> by_package;
    const auto count = std::max<std::size_t>(1, picture.localities.size());
    double widest = 0;  // all nodes are drawn equally wide
    for (std::size_t l = 0; l < count; ++l) widest = std::max(widest, draw_locality(picture, l, 0).width);
    for (std::size_t l = 0; l < count; ++l)
        by_package[package_of_locality(picture, l)].push_back(draw_locality(picture, l, widest));
    std::vector<SvgBlock> panels;
    for (const auto& [package, nodes] : by_package) {
        const auto title = package < picture.machine.packages.size()
                               ? fmt::format("Package {}", picture.machine.packages[package].os_index)
                               : std::string("Machine");
        panels.push_back(svg_panel(svg_grid_with_aspect(nodes, 1.7, 10), "package", title, "", 13));
    }
    return svg_grid_with_aspect(panels, 1.8, 16);
}

// Nodes that belong to no locality: memory over all CPUs (CXL), memory without CPUs.
SvgBlock draw_other_memory(const Picture& picture) {
    std::vector<bool> drawn(picture.machine.numa_nodes.size(), false);
    for (const auto& locality : picture.localities)
        for (const auto n : locality.nodes) drawn[n] = true;
    std::vector<SvgBlock> memories;
    for (std::size_t n = 0; n < drawn.size(); ++n)
        if (!drawn[n]) memories.push_back(draw_memory(picture.machine.numa_nodes[n]));
    return memories.empty() ? SvgBlock{} : svg_grid(memories, 8, 8);
}

SvgBlock legend_item(std::string_view shape, std::string_view text) {
    auto label = svg_text(text, "sub", 12);
    SvgBlock icon{core_size, core_size, std::string(shape)};
    label.svg = fmt::format("<g transform=\"translate(0,1)\">{}</g>", label.svg);
    return svg_grid({icon, label}, 2, 6);
}

SvgBlock draw_legend(const Picture& picture) {
    std::vector<SvgBlock> items;
    if (!picture.slices.empty())
        items.push_back(legend_item(rect(fmt::format("fill=\"{}\"", palette[0].fill), 0, core_size) +
                                        "<text class=\"label\" x=\"9.5\" y=\"13.2\" style=\"fill:#fff\">0</text>",
                                    "a core of placement 0"));
    if (!picture.reserved.empty()) items.push_back(legend_item(rect("class=\"reserved\"", 0, core_size), "kept free"));
    if (picture.machine.allowed_cpus != picture.machine.cpus)
        items.push_back(legend_item(rect("class=\"hollow\"", 0, core_size), "not allowed"));
    return items.empty() ? SvgBlock{} : svg_grid(items, items.size(), 22);
}

}  // namespace

std::string render_svg(const Machine& machine, const std::vector<Slice>& slices, const IdSet& reserved_cpus) {
    auto whole = machine;  // all of it is drawn, allowed or not
    whole.allowed_cpus = machine.cpus;
    Picture picture{machine, find_localities(whole), {}, {}, slices, reserved_cpus};
    picture.cores = find_usable_cores(whole, picture.localities);
    for (std::size_t s = 0; s < slices.size(); ++s)
        for (const auto pu : slices[s].cpus) picture.slice_of[pu] = s;

    std::vector<SvgBlock> parts{svg_text(machine.name, "head", 17)};
    const auto about = fmt::format("{} cores, {} CPUs{}", picture.cores.size(), machine.cpus.size(),
                                   machine.cpu_model.empty() ? "" : ", " + machine.cpu_model);
    parts.push_back(svg_text(about, "sub", 12));
    for (auto& part : {draw_packages(picture), draw_other_memory(picture), draw_legend(picture)})
        if (part.width > 0) parts.push_back(part);
    const auto body = svg_stack(parts, 9);
    constexpr double margin = 18;
    return fmt::format(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0:.0f}\" height=\"{1:.0f}\" "
        "viewBox=\"0 0 {0:.0f} {1:.0f}\">\n<style>{2}</style>\n"
        "<defs><pattern id=\"hatch\" width=\"5\" height=\"5\" patternUnits=\"userSpaceOnUse\" "
        "patternTransform=\"rotate(45)\"><rect width=\"5\" height=\"5\" fill=\"#fff\"/>"
        "<rect width=\"2\" height=\"5\" fill=\"#8a97a6\"/></pattern></defs>\n"
        "<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n"
        "<g transform=\"translate({3},{3})\">{4}</g>\n</svg>\n",
        body.width + 2 * margin, body.height + 2 * margin, css, margin, body.svg);
}

}  // namespace hlaunch
