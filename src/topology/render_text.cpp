#include "topology/render_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <vector>

#include "base/text/quantity.h"

namespace hlaunch {
namespace {

constexpr std::size_t columns = 6;
using Row = std::array<std::string, columns>;  // node, kind, memory, cores, CPUs, list

struct Box {
    std::string title;
    std::vector<Row> rows;
};

std::string shortened(const IdSet& cpus) {
    constexpr std::size_t width = 44;
    auto text = cpus.str();
    if (text.size() <= width) return text;
    text.resize(text.rfind(',', width - 4) == std::string::npos ? width - 4 : text.rfind(',', width - 4) + 1);
    return text + "...";
}

std::string plural(std::size_t n, std::string_view noun) {
    return fmt::format("{} {}{}", n, noun, n == 1 ? "" : "s");
}

// "16 cores", or "7/16 cores" where only seven may be used.
std::string of_all(std::size_t allowed, std::size_t all, std::string_view noun) {
    return allowed == all ? plural(all, noun) : fmt::format("{}/{}", allowed, plural(all, noun));
}

Row to_row(const Machine& machine, const NumaNode& node) {
    std::size_t cores = 0;
    std::size_t allowed_cores = 0;
    for (const auto& core : machine.cores) {
        if (!node.cpus.intersects(core.cpus)) continue;
        ++cores;
        if (core.cpus.intersects(machine.allowed_cpus)) ++allowed_cores;
    }
    const auto allowed_cpus = (node.cpus & machine.allowed_cpus).size();
    Row row;
    row[0] = fmt::format("node {}", node.os_index);
    row[1] = node.subtype.empty() && node.cpuless ? "memory only" : node.subtype;
    if (!node.allowed) row[1] += row[1].empty() ? "not allowed" : ", not allowed";
    row[2] = node.memory_bytes > 0 ? format_bytes(node.memory_bytes) : "";
    row[3] = cores > 0 ? of_all(allowed_cores, cores, "core") : "";
    row[4] = node.cpus.empty() ? "no CPU" : of_all(allowed_cpus, node.cpus.size(), "CPU");
    row[5] = shortened(node.cpus);
    return row;
}

std::string l3_note(const Machine& machine, const IdSet& cpus) {
    const auto n = static_cast<std::size_t>(
        std::count_if(machine.l3.begin(), machine.l3.end(), [&](const IdSet& l3) { return cpus.includes(l3); }));
    if (n == 0) return "";
    return fmt::format(", {}{}", plural(n, "L3"), machine.l3_bytes > 0 ? " of " + format_bytes(machine.l3_bytes) : "");
}

std::vector<Box> to_boxes(const Machine& machine) {
    std::vector<Box> boxes;
    std::vector<bool> shown(machine.numa_nodes.size(), false);
    for (const auto& package : machine.packages) {
        Box box{fmt::format("package {}{}", package.os_index, l3_note(machine, package.cpus)), {}};
        for (std::size_t i = 0; i < machine.numa_nodes.size(); ++i) {
            const auto& node = machine.numa_nodes[i];
            if (node.cpus.empty() || !package.cpus.includes(node.cpus)) continue;
            shown[i] = true;
            box.rows.push_back(to_row(machine, node));
        }
        if (box.rows.empty())
            box.rows.push_back({"CPUs", "", "", "",
                                package.cpus.empty() ? "no CPU" : plural(package.cpus.size(), "CPU"),
                                shortened(package.cpus)});
        boxes.push_back(std::move(box));
    }
    Box rest{machine.packages.empty() ? "machine" + l3_note(machine, machine.cpus) : "memory beside the packages", {}};
    for (std::size_t i = 0; i < machine.numa_nodes.size(); ++i)
        if (!shown[i]) rest.rows.push_back(to_row(machine, machine.numa_nodes[i]));
    if (!rest.rows.empty()) boxes.push_back(std::move(rest));
    return boxes;
}

std::string repeated(std::string_view piece, std::size_t times) {
    std::string out;
    for (std::size_t i = 0; i < times; ++i) out += piece;
    return out;
}

}  // namespace

std::string render_boxes(const Machine& machine, bool utf8) {
    const auto boxes = to_boxes(machine);
    std::array<std::size_t, columns> width{};
    std::size_t inner = 0;
    for (const auto& box : boxes)
        for (const auto& row : box.rows)
            for (std::size_t c = 0; c < columns; ++c) width[c] = std::max(width[c], row[c].size());
    for (const auto w : width) inner += w > 0 ? w + 2 : 0;
    inner = std::max(inner, std::size_t{2}) - 2;  // no gap after the last column
    for (const auto& box : boxes) inner = std::max(inner, box.title.size() + 2);
    const std::string_view line = utf8 ? "─" : "-";
    const std::string_view side = utf8 ? "│" : "|";
    std::string out;
    for (const auto& box : boxes) {
        out += fmt::format("{}{} {} {}{}\n", utf8 ? "┌" : "+", line, box.title,
                           repeated(line, inner - box.title.size() - 1), utf8 ? "┐" : "+");
        for (const auto& row : box.rows) {
            std::string text;
            for (std::size_t c = 0; c < columns; ++c) {
                if (width[c] == 0) continue;
                const bool number = c >= 2 && c <= 4;
                text += number ? fmt::format("{:>{}}  ", row[c], width[c]) : fmt::format("{:<{}}  ", row[c], width[c]);
            }
            text.resize(std::max(text.find_last_not_of(' ') + 1, std::size_t{1}));
            out += fmt::format("{} {:<{}} {}\n", side, text, inner, side);
        }
        out += fmt::format("{}{}{}\n", utf8 ? "└" : "+", repeated(line, inner + 2), utf8 ? "┘" : "+");
    }
    return out;
}

std::string render_limits(const Machine& machine) {
    std::string out;
    const auto add = [&](std::string_view what, const IdSet& ids, std::string_view noun) {
        out += fmt::format("  {:<9} {:>10}   {}\n", what, plural(ids.size(), noun), ids.str());
    };
    add("online", machine.cpus, "CPU");
    add("cpuset", machine.cpuset_cpus, "CPU");
    if (!machine.foreign) add("affinity", machine.allowed_cpus | machine.unpaid_cpus, "CPU");
    if (!machine.unpaid_cpus.empty()) add("quota", machine.allowed_cpus, "CPU");
    add("memory", machine.allowed_mems, "node");
    return out;
}

}  // namespace hlaunch
