#include "job/results/nlsq_fit.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/json_fields.h"
#include "homodyne/app/nlsq_result.h"
#include "job/request/content_hash.h"
#include "os/files/file.h"

namespace hlaunch {
namespace {

bool hooks_were_on(const PartFolder& nlsq) {
    const auto task = nlohmann::json::parse(try_read_text(nlsq.task()).value_or(""), nullptr, false);
    return text_in(task, "task") == "nlsq";
}

std::optional<homodyne::NlsqExamination> examination_of(const PartFolder& nlsq) {
    if (const auto text = try_read_text(nlsq.examination()))
        return homodyne::examination_from_json(nlohmann::json::parse(*text, nullptr, false));
    if (!hooks_were_on(nlsq)) return std::nullopt;
    homodyne::NlsqExamination missing;
    missing.error = fmt::format("the hooks left no {}", nlsq.examination());
    return missing;
}

}  // namespace

std::string nlsq_result_file(const PartFolder& nlsq) {
    return nlsq.out() + "/nlsq/parameters.json";
}

bool is_examined(const PartFolder& nlsq) {
    std::error_code failed;
    return std::filesystem::exists(nlsq.examination(), failed) || !hooks_were_on(nlsq);
}

std::optional<JudgedFit> judge_nlsq(const PartFolder& nlsq) {
    const auto text = try_read_text(nlsq_result_file(nlsq));
    if (!text) return std::nullopt;
    const auto json = nlohmann::json::parse(*text, nullptr, false);
    if (json.is_discarded()) throw failure("{} is no JSON", nlsq_result_file(nlsq));
    JudgedFit out{.hash = hash_text(*text), .result = homodyne::read_nlsq_result(json), .problems = {}};
    out.problems = homodyne::nlsq_problems(out.result, examination_of(nlsq));
    return out;
}

std::vector<std::string> problems_of_given_fit(const std::string& nlsq_result,
                                               const std::optional<homodyne::NlsqExamination>& examination) {
    const auto path = homodyne::result_file_of(nlsq_result);
    const auto json = nlohmann::json::parse(try_read_text(path).value_or(""), nullptr, false);
    if (json.is_discarded()) throw usage_error("--nlsq-result: {} is no JSON; give another NLSQ result", path);
    try {
        return homodyne::nlsq_problems(homodyne::read_nlsq_result(json), examination);
    } catch (const Error& error) {
        throw usage_error("--nlsq-result {}: {}", path, error.what());
    }
}

bool accepts_nlsq(const AnalysisSpec& analysis) {
    return std::ranges::count(analysis.accepted, "nlsq") > 0;
}

std::vector<std::string> accepted_in_merge(const AnalysisSpec& analysis) {
    auto out = analysis.accepted;
    std::erase(out, "nlsq");
    return out;
}

std::vector<std::string> accepted_in_merge(const AnalysisSpec& analysis, GateKind kind) {
    auto out = accepted_in_merge(analysis);
    if (!analysis.posterior.is_automatic()) return out;
    std::erase_if(out, [&](const std::string& name) {
        return std::ranges::find(gates(kind), name, &Gate::name) == gates(kind).end();
    });
    return out;
}

}  // namespace hlaunch
