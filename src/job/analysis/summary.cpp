#include "job/analysis/summary.h"

#include <fmt/format.h>

#include <cstdio>
#include <nlohmann/json.hpp>

#include "base/json_fields.h"
#include "homodyne/app/nlsq_result.h"
#include "homodyne/results/outputs.h"
#include "os/files/file.h"
#include "report/merge_text.h"

namespace hlaunch {
namespace {

std::string nlsq_text(const JobContext& context) {
    const auto fit =
        homodyne::read_nlsq_result(nlohmann::json::parse(read_text(context.folder.merged() + "/nlsq/parameters.json")));
    std::string out = fmt::format("{:<20} {:>14} {:>12}\n", "parameter", "value", "error");
    for (const auto& parameter : fit.parameters)
        out += fmt::format("{:<20} {:>14.6g} {:>12.3g}\n", parameter.name, parameter.value, parameter.uncertainty);
    return out + fmt::format("\nreduced chi-squared {:.4g}, {}\nin {}/nlsq\n", fit.reduced_chi_squared, fit.convergence,
                             context.folder.merged());
}

bool is_nlsq_alone(const JobContext& context) {
    const auto merge = nlohmann::json::parse(read_text(context.folder.merged() + "/merge.json"), nullptr, false);
    return text_in(merge, "kind") == "nlsq";
}

}  // namespace

void print_summary(const JobContext& context, const MergeOutcome& outcome) {
    std::string text;
    if (context.reporting.json)
        text = read_text(context.folder.merged() + "/merge.json");
    else if (outcome.report)
        text = merge_text(*outcome.report, context.folder.merged());
    else if (is_nlsq_alone(context))
        text = nlsq_text(context);
    else
        text = fmt::format("merged: {}/cmc\n", context.folder.merged());
    if (!context.reporting.json)
        for (const auto& note : outcome.notes) text += fmt::format("note: {}\n", note);
    std::fputs(text.c_str(), stdout);
    if (!outcome.report) return;
    for (const auto& check : outcome.report->checks)
        if (check.verdict == Verdict::fail)
            std::fputs(fmt::format("hlaunch: merge refused: {} is {:.4g}, limit {:g}: {}\n", check.name, check.value,
                                   check.limit, check.text)
                           .c_str(),
                       stderr);
}

}  // namespace hlaunch
