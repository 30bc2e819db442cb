#include "job/session/usage_picture.h"

#include <fmt/format.h>

#include "base/error.h"
#include "os/files/file.h"
#include "report/usage_svg.h"

namespace hlaunch {
namespace {

const Placement* placement_of(const Plan& plan, const std::string& stage, unsigned part) {
    for (const auto& each : plan.stages)
        for (const auto& instance : each.instances) {
            if ((each.name == "nlsq") != (stage == "nlsq") || instance.part != part) continue;
            return instance.on_whole_machine ? &*plan.whole_machine : &plan.placements[instance.placement];
        }
    return nullptr;
}

void add_curve(std::vector<UsageCurve>& curves, const PartFolder& folder, std::string label,
               const Placement* placement) {
    const auto text = try_read_text(folder.usage());
    if (!text) return;
    UsageCurve curve{.label = std::move(label), .cpus = "unknown", .pus = 0, .samples = parse_usage_csv(*text)};
    if (placement != nullptr) {
        curve.cpus = placement->cpus.str();
        curve.pus = static_cast<unsigned>(placement->cpus.size());
    }
    if (!curve.samples.empty()) curves.push_back(std::move(curve));
}

}  // namespace

void write_usage_picture(const RunFolder& folder, const Plan& plan) {
    std::vector<UsageCurve> curves;
    add_curve(curves, folder.nlsq(), "nlsq", placement_of(plan, "nlsq", 0));
    for (const auto& part : plan.parts)
        add_curve(curves, folder.part(part.index), fmt::format("part {:03}", part.index),
                  placement_of(plan, "", part.index));
    if (curves.empty()) return;
    try {
        write_atomically(folder.usage_picture(), usage_svg(curves));
    } catch (const Error&) {
        return;
    }
}

}  // namespace hlaunch
