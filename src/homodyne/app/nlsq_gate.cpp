#include "homodyne/app/nlsq_gate.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "base/error.h"

namespace hlaunch::homodyne {
namespace {

// homodyne's floor under an uncertainty for which it has no covariance.
constexpr double placeholder_uncertainty = 1e-5;

std::optional<double> finite_at(const nlohmann::json& json, const char* key) {
    const auto at = json.find(key);
    if (at == json.end() || !at->is_number() || !std::isfinite(at->get<double>())) return std::nullopt;
    return at->get<double>();
}

ExaminedParameter read_parameter(const std::string& name, const nlohmann::json& json) {
    ExaminedParameter out;
    out.name = name;
    out.value = json.at("value");
    out.start = finite_at(json, "start");
    out.low = json.at("low");
    out.high = json.at("high");
    out.cramer_rao = finite_at(json, "cramer_rao");
    return out;
}

const ExaminedParameter* find(const std::optional<NlsqExamination>& examination, const std::string& name) {
    if (!examination) return nullptr;
    const auto at = std::ranges::find(examination->parameters, name, &ExaminedParameter::name);
    return at == examination->parameters.end() ? nullptr : &*at;
}

bool is_at(double value, double place, double within) {
    return std::abs(value - place) <= within;
}

// Contrast and offset are means over the angles, with errors of another kind.
bool is_physical(const std::string& name) {
    return !name.starts_with("contrast") && !name.starts_with("offset");
}

std::string listed(const std::vector<std::string>& names) {
    return fmt::format("{}", fmt::join(names, ", "));
}

std::string verb(const std::vector<std::string>& names, const char* one, const char* several) {
    return names.size() == 1 ? one : several;
}

void judge_uncertainties(const NlsqResult& fit, const std::optional<NlsqExamination>& examination,
                         const NlsqLimits& limits, std::vector<std::string>& out) {
    std::vector<std::string> none, artefacts;
    for (const auto& parameter : fit.parameters) {
        if (!is_physical(parameter.name)) continue;
        const double claimed = parameter.uncertainty;
        if (!std::isfinite(claimed)) {
            none.push_back(parameter.name);
        } else if (claimed == placeholder_uncertainty || claimed <= 0.0) {
            artefacts.push_back(parameter.name);
        } else if (const auto* examined = find(examination, parameter.name); examined && examined->cramer_rao) {
            const double allowed = *examined->cramer_rao;
            if (claimed * limits.error_ratio < allowed || claimed > allowed * limits.error_ratio)
                out.push_back(fmt::format("the standard error of {} is {:.3g} where the data allow {:.3g}",
                                          parameter.name, claimed, allowed));
        }
    }
    if (!none.empty()) out.push_back(fmt::format("{} {} no standard error", listed(none), verb(none, "has", "have")));
    if (!artefacts.empty())
        out.push_back(fmt::format("the standard error{} of {} {} homodyne's placeholder (1e-05 or 0)",
                                  artefacts.size() == 1 ? "" : "s", listed(artefacts), verb(artefacts, "is", "are")));
}

void judge_minimum(const NlsqExamination& examination, const NlsqLimits& limits, std::vector<std::string>& out) {
    const bool improves = !(examination.improvement <= limits.improvement);
    std::vector<std::string> at_start, at_bound;
    for (const auto& parameter : examination.parameters) {
        const double span = parameter.high - parameter.low;
        if (parameter.start && is_at(parameter.value, *parameter.start, limits.at_start * std::abs(*parameter.start)))
            at_start.push_back(parameter.name);
        if (is_at(parameter.value, parameter.low, limits.at_bound * span) ||
            is_at(parameter.value, parameter.high, limits.at_bound * span))
            at_bound.push_back(parameter.name);
    }
    // Started at the minimum, a fit stays there, and is right.
    if (improves && !at_start.empty())
        out.push_back(fmt::format("{} {} at the start value{}", listed(at_start), verb(at_start, "stands", "stand"),
                                  at_start.size() == 1 ? "" : "s"));
    if (!at_bound.empty())
        out.push_back(fmt::format("{} {} at a bound", listed(at_bound), verb(at_bound, "stands", "stand")));
    if (improves) {
        std::vector<std::string> values;
        for (const auto& [name, value] : examination.better) values.push_back(fmt::format("{} {:.6g}", name, value));
        out.push_back(
            fmt::format("the model explains the data better elsewhere: chi-squared falls by {:.3g} (limit {:g}) at {}",
                        examination.improvement, limits.improvement, listed(values)));
    }
    if (!(examination.over_constant > 0.0))
        out.emplace_back("the fit explains the data no better than a constant for each angle does");
}

}  // namespace

NlsqExamination examination_from_json(const nlohmann::json& json) {
    NlsqExamination out;
    try {
        if (!json.is_object()) throw infrastructure_error("the examination of an NLSQ fit is no JSON object");
        if (const auto error = json.find("error"); error != json.end()) {
            out.error = error->get<std::string>();
            return out;
        }
        out.improvement = finite_at(json, "improvement").value_or(HUGE_VAL);
        for (const auto& [name, value] : json.at("values").items()) out.better.emplace_back(name, value.get<double>());
        out.over_constant = finite_at(json, "over_constant").value_or(-HUGE_VAL);
        out.doubted = json.value("doubted_by_homodyne", false);
        for (const auto& [name, entry] : json.at("parameters").items())
            out.parameters.push_back(read_parameter(name, entry));
    } catch (const nlohmann::json::exception& error) {
        throw infrastructure_error(
            "the examination of an NLSQ fit is not of the form that this hlaunch expects ({}); its shim and binary "
            "differ?",
            error.what());
    }
    return out;
}

std::vector<std::string> nlsq_problems(const NlsqResult& fit, const std::optional<NlsqExamination>& examination,
                                       const NlsqLimits& limits) {
    auto out = fit.problems;
    const bool examined = examination && examination->error.empty();
    // After a failed attempt homodyne begins again from other start values: right where the result is a minimum.
    if (fit.convergence == "converged_with_recovery" && !examined)
        out.push_back(fmt::format("the fit's status is '{}'", fit.convergence));
    if (examination && !examined) out.push_back(fmt::format("it could not be examined: {}", examination->error));
    if (examined) judge_minimum(*examination, limits, out);
    judge_uncertainties(fit, examination, limits, out);
    if (examination && examination->doubted) out.emplace_back("homodyne's log says that it was likely not optimized");
    return out;
}

}  // namespace hlaunch::homodyne
