#include "cli/output/plan_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

#include "base/text/quantity.h"

namespace hlaunch {
namespace {

std::string plural(std::size_t n, std::string_view noun) {
    return fmt::format("{} {}{}", n, noun, n == 1 ? "" : "s");
}

}  // namespace

std::string machine_line(const Machine& machine, const MachineSummary& summary) {
    return fmt::format("{}: {}, {}, {}, {}{}{}", machine.name, plural(summary.packages, "package"),
                       plural(summary.numa_nodes, "NUMA node"), plural(summary.cores, "core"),
                       plural(summary.pus, "CPU"),
                       summary.memory_bytes > 0 ? ", " + format_bytes(summary.memory_bytes) : "",
                       machine.foreign ? " (planned for, never run on)" : "");
}

std::string placements_table(const Plan& plan, const Style& style) {
    // CPU lists have any length, so they come last and push nothing aside.
    constexpr std::size_t columns = 6;
    using Row = std::array<std::string, columns>;
    const Row titles{"placement", "cores", "memory", "policy", "mems", "cpus"};
    std::vector<Row> rows;
    for (const auto& p : plan.placements)
        rows.push_back({std::to_string(p.index), std::to_string(p.cores),
                        p.memory_bytes > 0 ? format_bytes(p.memory_bytes) : "-", std::string(to_string(p.mem_policy)),
                        p.mems.empty() ? "-" : p.mems.str(), p.cpus.str()});
    if (!plan.reserved_cpus.empty()) rows.push_back({"reserved", "", "", "", "", plan.reserved_cpus.str()});
    std::array<std::size_t, columns> width{};
    for (std::size_t c = 0; c < columns; ++c) {
        width[c] = titles[c].size();
        for (const auto& row : rows) width[c] = std::max(width[c], row[c].size());
    }
    const auto line = [&](const Row& row) {
        std::string text;
        for (std::size_t c = 0; c + 1 < columns; ++c)
            text += c == 1 || c == 2 ? fmt::format("{:>{}}  ", row[c], width[c])
                                     : fmt::format("{:<{}}  ", row[c], width[c]);
        return text + row[columns - 1];
    };
    std::string out = style.bold(line(titles)) + "\n";
    for (const auto& row : rows) out += (row[0] == "reserved" ? style.dim(line(row)) : line(row)) + "\n";
    return out;
}

std::string parts_table(const Plan& plan, const Style& style) {
    std::string out;
    for (const auto& stage : plan.stages) {
        out += "\n" + style.bold("stage " + stage.name) + "\n";
        for (const auto& instance : stage.instances) {
            out += fmt::format("  on {}", instance.on_whole_machine ? std::string("the whole machine")
                                                                    : fmt::format("placement {}", instance.placement));
            if (instance.part < plan.parts.size() && stage.name != "nlsq") {
                const auto& part = plan.parts[instance.part];
                out += fmt::format(": part {:03}, {}, forecast {}", part.index, plural(part.workers, "worker"),
                                   format_bytes(part.memory_bytes));
                if (!part.shards.empty()) out += fmt::format(", shards {}", fmt::join(part.shards, " "));
            }
            out += "\n";
        }
    }
    return out;
}

std::string reasons_text(const Plan& plan, const Style& style) {
    std::string out;
    if (!plan.reasons.empty()) out += "\n" + style.bold("why") + "\n";
    for (const auto& reason : plan.reasons) out += "  " + reason + "\n";
    if (!plan.warnings.empty()) out += "\n" + style.bold("beware") + "\n";
    for (const auto& warning : plan.warnings) out += "  " + style.warning(warning) + "\n";
    return out;
}

}  // namespace hlaunch
