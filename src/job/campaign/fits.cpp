#include "job/campaign/fits.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <iterator>
#include <limits>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/json_fields.h"
#include "job/request/arguments.h"
#include "job/request/content_hash.h"
#include "job/results/nlsq_fit.h"
#include "os/files/file.h"

namespace hlaunch {
namespace {

constexpr double least_grace_s = 0.1;  // that --grace takes

std::string merge_in(const std::string& merged) {
    return merged + "/merge.json";
}

std::string merge_path(const PartFolder& cmc) {
    return merge_in(sampling_run(cmc).merged());
}

std::string hash_at(const std::string& path) {
    const auto text = try_read_text(path);
    return text ? hash_text(*text) : "";
}

FitVerdict missing(const std::string& path) {
    FitVerdict out;
    out.outcome = Outcome::outputs_missing;
    out.problem = fmt::format("it ended with exit code 0 but left no {}", path);
    return out;
}

Fit fit_of_merge(const nlohmann::json& merge) {
    Fit out;
    for (const auto& parameter : list_in(merge, "parameters")) {
        out.parameters.push_back({text_in(parameter, "name"), number_in(parameter, "mean").value_or(std::nan("")),
                                  number_in(parameter, "sd").value_or(std::nan(""))});
        if (const auto r_hat = number_in(parameter, "r_hat"))
            out.worst_r_hat = std::max(out.worst_r_hat.value_or(*r_hat), *r_hat);
        if (const auto ess = number_in(parameter, "ess"))
            out.smallest_ess = std::min(out.smallest_ess.value_or(*ess), *ess);
    }
    out.accepted = texts_in(merge, "accepted");
    return out;
}

std::string failed_checks(const nlohmann::json& merge) {
    std::vector<std::string> out;
    for (const auto& check : list_in(merge, "checks"))
        if (text_in(check, "verdict") == "fail") out.push_back(text_in(check, "text"));
    return fmt::format("{}", fmt::join(out, "; "));
}

std::vector<double> numbers_in(const nlohmann::json& list, const char* field) {
    std::vector<double> out;
    for (const auto& item : list) out.push_back(number_in(item, field).value_or(std::nan("")));
    return out;
}

// Of the other way to count pairs, by its ratios; as many as parameters.
std::vector<double> other_sd(const nlohmann::json& exact, const std::string& view, const Fit& fit) {
    std::vector<double> out(fit.parameters.size(), std::nan(""));
    for (const auto& item : list_in(exact, "views")) {
        if (text_in(item, "name") != view) continue;
        const auto ratios = numbers_in(list_in(item, "parameters"), "sd_ratio");
        for (std::size_t i = 0; i < std::min(out.size(), ratios.size()); ++i) out[i] = fit.parameters[i].sd * ratios[i];
    }
    return out;
}

Posterior posterior_of(const nlohmann::json& merge, const Fit& fit) {
    const auto& exact = merge.at("exact");
    Posterior out;
    const bool once = number_in(exact, "pairs_counted").value_or(2.0) < 1.5;
    out.certified_by = text_in(exact, "certified_by");
    out.verdict = !flag_in(merge, "passed") ? "refused" : fit.accepted.empty() ? "certified" : "accepted";
    out.pairs = once ? "once" : "twice";
    out.priors = text_in(merge, "priors");
    out.k_hat = number_in(exact, "k_hat").value_or(std::numeric_limits<double>::infinity());
    out.effective_draws = number_in(exact, "effective_draws").value_or(0.0);
    out.r_hat = number_in(exact, "r_hat");
    out.evaluations = count_in(exact, "evaluations");
    const auto& intervals = list_in(exact, "intervals");
    out.q05 = numbers_in(intervals, "q05");
    out.median = numbers_in(intervals, "median");
    out.q95 = numbers_in(intervals, "q95");
    std::vector<double> sd;
    for (const auto& parameter : fit.parameters) sd.push_back(parameter.sd);
    out.sd_once = once ? sd : other_sd(exact, "once", fit);
    out.sd_twice = once ? other_sd(exact, "twice", fit) : sd;
    for (const auto& line : list_in(merge, "correlations")) {
        auto& row = out.correlations.emplace_back();
        for (const auto& value : line) row.push_back(value.is_number() ? value.get<double>() : std::nan(""));
    }
    return out;
}

FitVerdict judge_merge(const std::string& path, nlohmann::json* read = nullptr) {
    const auto text = try_read_text(path);
    if (!text) return missing(path);
    FitVerdict out;
    out.hash = hash_text(*text);
    const auto merge = nlohmann::json::parse(*text, nullptr, false);
    if (read != nullptr) *read = merge;
    out.fit = fit_of_merge(merge);
    if (flag_in(merge, "passed")) return out;
    out.outcome = Outcome::not_converged;
    out.problem = fmt::format("the merge did not pass: {}", failed_checks(merge));
    return out;
}

}  // namespace

FitVerdict judge_fit(const PartFolder& nlsq) {
    FitVerdict out;
    try {
        const auto judged = judge_nlsq(nlsq);
        if (!judged) return missing(nlsq_result_file(nlsq));
        out.hash = judged->hash;
        const auto& result = judged->result;
        Fit fit;
        for (const auto& parameter : result.parameters)
            fit.parameters.push_back({parameter.name, parameter.value, parameter.uncertainty});
        if (std::isfinite(result.reduced_chi_squared)) fit.reduced_chi_squared = result.reduced_chi_squared;
        if (!judged->problems.empty()) fit.accepted = {"nlsq"};
        out.fit = std::move(fit);
        const bool finite =
            std::ranges::all_of(result.parameters, [](const auto& p) { return std::isfinite(p.value); });
        if (!judged->problems.empty()) out.outcome = finite ? Outcome::not_converged : Outcome::diverged;
        out.problem = fmt::format("{}", fmt::join(judged->problems, "; "));
    } catch (const std::exception& error) {
        out.outcome = Outcome::outputs_missing;
        out.problem = fmt::format("{}: {}", nlsq_result_file(nlsq), error.what());
    }
    return out;
}

FitVerdict judge_sampling(const PartFolder& cmc) {
    return judge_merge(merge_path(cmc));
}

FitVerdict judge_posterior(const std::string& merged, const std::string& key) {
    nlohmann::json merge;
    auto out = judge_merge(merge_in(merged), &merge);
    if (!out.fit || !merge.contains("exact")) return out;
    out.fit->posterior = posterior_of(merge, *out.fit);
    out.fit->posterior->key = key;
    out.fit->worst_r_hat.reset();  // of its draws in chains, which are alike by how they are made
    out.fit->smallest_ess.reset();
    if (out.problem.empty()) return out;
    out.fit->parameters.clear();
    auto& refused = *out.fit->posterior;
    for (auto* values : {&refused.q05, &refused.median, &refused.q95, &refused.sd_once, &refused.sd_twice})
        values->clear();
    refused.correlations.clear();
    return out;
}

std::string hash_of_fit(const PartFolder& nlsq) {
    return is_examined(nlsq) ? hash_at(nlsq_result_file(nlsq)) : "";
}

std::string hash_of_sampling(const PartFolder& cmc) {
    return hash_at(merge_path(cmc));
}

std::string hash_of_posterior(const std::string& merged) {
    return hash_at(merge_in(merged));
}

std::optional<Fit> read_fit(const PartFolder& nlsq) {
    return judge_fit(nlsq).fit;
}

std::optional<Fit> read_sampling(const PartFolder& cmc) {
    return judge_sampling(cmc).fit;
}

RunFolder sampling_run(const PartFolder& cmc) {
    return {cmc.root + "/run"};
}

void forget_sampling_of_another(const PartFolder& cmc, const std::string& of) {
    const auto path = cmc.root + "/of";
    if (try_read_text(path) == of) return;
    remove_whole(sampling_run(cmc).root);
    write_atomically(path, of);
}

std::vector<std::string> sampling_command(const AnalysisSpec& analysis, const FolderSpec& where,
                                          const RunLimits& limits, const std::vector<std::string>& app,
                                          const PartFolder& nlsq, const PartFolder& cmc) {
    JobOptions own;  // the campaign's clock, news and result are its own
    own.analysis = analysis;
    own.analysis.config = nlsq.config();
    own.analysis.nlsq_result = nlsq.out();
    own.analysis.app = app;
    own.folder = {sampling_run(cmc).root, false, where.keep_private, where.key_env};
    // It has a placement to itself, and ends in order while the campaign still waits for it.
    parse_per("machine", own.placements);
    own.placements.reserve_cores = 0;
    own.limits = limits;
    own.limits.grace_s = std::max(least_grace_s, limits.grace_s * 0.5);
    own.limits.time_limit_s.reset();
    own.reporting.quiet = true;
    std::vector<std::string> out{std::filesystem::read_symlink("/proc/self/exe").string(), "run"};
    std::ranges::move(to_arguments(own), std::back_inserter(out));
    return out;
}

}  // namespace hlaunch
