#include "campaign/results_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "base/text/printable.h"
#include "base/text/quantity.h"
#include "campaign/result_columns.h"

namespace hlaunch {
namespace {

using Names = std::vector<std::string>;

// Nothing that a spreadsheet would run: a text that begins as a formula gets the apostrophe that keeps it text.
std::string unrun(const std::string& cell) {
    if (cell.empty() || std::string_view("=+-@\t\r").find(cell.front()) == std::string_view::npos) return cell;
    char* end = nullptr;
    const bool is_number = std::isfinite(std::strtod(cell.c_str(), &end)) && end == cell.c_str() + cell.size();
    return is_number ? cell : "'" + cell;
}

std::string quoted(const std::string& text) {
    const auto cell = unrun(text);
    if (cell.find_first_of(",\"\r\n") == std::string::npos && !cell.starts_with(' ') && !cell.ends_with(' '))
        return cell;
    std::string out = "\"";
    for (const char c : cell) out += c == '"' ? "\"\"" : std::string(1, c);
    return out + "\"";
}

// Shortest text that reads back as the same number; nothing where there is none.
std::string number(double value) {
    return std::isfinite(value) ? fmt::format("{}", value) : "";
}

std::string number(const std::optional<double>& value) {
    return value ? number(*value) : "";
}

// In the order they first appear.
void add_names(Names& names, const std::string& name) {
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
}

Names parameters_of(const std::vector<ScanRow>& rows, std::optional<Fit> ScanRow::*method) {
    Names out;
    for (const auto& row : rows)
        if (row.*method)
            for (const auto& estimate : (row.*method)->parameters) add_names(out, estimate.name);
    return out;
}

Names labels_of(const std::vector<ScanRow>& rows) {
    Names out;
    for (const auto& row : rows)
        for (const auto& [name, value] : row.scan.labels) add_names(out, name);
    return out;
}

const Estimate* find(const std::optional<Fit>& fit, const std::string& name) {
    if (!fit) return nullptr;
    const auto found = std::find_if(fit->parameters.begin(), fit->parameters.end(),
                                    [&](const Estimate& estimate) { return estimate.name == name; });
    return found == fit->parameters.end() ? nullptr : &*found;
}

void add_estimates(Names& cells, const std::optional<Fit>& fit, const Names& names) {
    for (const auto& name : names) {
        const auto* estimate = find(fit, name);
        cells.push_back(estimate ? number(estimate->value) : "");
        cells.push_back(estimate ? number(estimate->sd) : "");
    }
}

double at(const std::vector<double>& values, std::size_t index) {
    return index < values.size() ? values[index] : std::nan("");
}

// Behind each estimate what the posterior says of it.
void add_posterior(Names& cells, const std::optional<Fit>& fit, const Names& names) {
    for (const auto& name : names) {
        const auto* estimate = find(fit, name);
        cells.push_back(estimate ? number(estimate->value) : "");
        cells.push_back(estimate ? number(estimate->sd) : "");
        const auto index = estimate ? static_cast<std::size_t>(estimate - fit->parameters.data()) : 0;
        const auto posterior = estimate && fit->posterior ? *fit->posterior : Posterior();
        for (const auto* values :
             {&posterior.q05, &posterior.median, &posterior.q95, &posterior.sd_once, &posterior.sd_twice})
            cells.push_back(number(at(*values, index)));
    }
}

void add_posterior_heads(Names& cells, const Names& names) {
    for (const auto& name : names) {
        cells.push_back(name);
        cells.push_back(name + "_sd");
        for (const auto* ending : posterior_endings) cells.push_back(name + ending);
    }
}

void add_judgement(Names& cells, const std::optional<Fit>& fit) {
    const bool there = fit && fit->posterior;
    const auto posterior = there ? *fit->posterior : Posterior();
    for (const auto& cell : {posterior.verdict, posterior.certified_by, there ? number(posterior.k_hat) : "",
                             there ? number(posterior.effective_draws) : "", posterior.pairs, posterior.key})
        cells.push_back(cell);
}

void add_heads(Names& cells, const Names& names, const std::string& prefix) {
    for (const auto& name : names) {
        cells.push_back(prefix + name);
        cells.push_back(prefix + name + "_sd");
    }
}

std::string label_of(const ScanRow& row, const std::string& name) {
    for (const auto& [label, value] : row.scan.labels)
        if (label == name) return value;
    return {};
}

// What an estimate is built on counts for it.
Names accepted_of(const ScanRow& row) {
    Names out;
    for (const auto* fit : {&row.nlsq, &row.cmc, &row.exact})
        if (*fit)
            for (const auto& name : (*fit)->accepted) add_names(out, name);
    return out;
}

std::string csv_line(const Names& cells) {
    std::string out;
    for (const auto& cell : cells) out += (out.empty() && &cell == &cells.front() ? "" : ",") + quoted(cell);
    return out + "\n";
}

nlohmann::json finite(double value) {
    return std::isfinite(value) ? nlohmann::json(value) : nlohmann::json();
}

nlohmann::json fit_json(const std::optional<Fit>& fit) {
    if (!fit) return nullptr;
    auto parameters = nlohmann::json::object();
    for (const auto& estimate : fit->parameters)
        parameters[estimate.name] = {{"value", finite(estimate.value)}, {"sd", finite(estimate.sd)}};
    nlohmann::json out{{"parameters", std::move(parameters)}};
    if (fit->reduced_chi_squared) out["reduced_chi_squared"] = finite(*fit->reduced_chi_squared);
    if (fit->worst_r_hat) out["worst_r_hat"] = finite(*fit->worst_r_hat);
    if (fit->smallest_ess) out["smallest_ess"] = finite(*fit->smallest_ess);
    out["accepted"] = fit->accepted;
    return out;
}

nlohmann::json finite(const std::optional<double>& value) {
    return value ? finite(*value) : nlohmann::json();
}

nlohmann::json exact_json(const std::optional<Fit>& fit) {
    if (!fit || !fit->posterior) return nullptr;
    const auto& posterior = *fit->posterior;
    auto parameters = nlohmann::json::object();
    auto names = nlohmann::json::array(), matrix = nlohmann::json::array();
    for (std::size_t i = 0; i < fit->parameters.size(); ++i) {
        const auto& estimate = fit->parameters[i];
        names.push_back(estimate.name);
        parameters[estimate.name] = {{"value", finite(estimate.value)},
                                     {"sd", finite(estimate.sd)},
                                     {"q05", finite(at(posterior.q05, i))},
                                     {"median", finite(at(posterior.median, i))},
                                     {"q95", finite(at(posterior.q95, i))},
                                     {"sd_pairs_once", finite(at(posterior.sd_once, i))},
                                     {"sd_pairs_twice", finite(at(posterior.sd_twice, i))}};
    }
    for (const auto& line : posterior.correlations) {
        auto& row = matrix.emplace_back(nlohmann::json::array());
        for (const double value : line) row.push_back(finite(value));
    }
    return {{"parameters", std::move(parameters)},
            {"correlations", {{"parameters", std::move(names)}, {"matrix", std::move(matrix)}}},
            {"verdict", posterior.verdict},
            {"certified_by", posterior.certified_by},
            {"k_hat", finite(posterior.k_hat)},
            {"effective_draws", finite(posterior.effective_draws)},
            {"r_hat", finite(posterior.r_hat)},
            {"evaluations", posterior.evaluations},
            {"pairs", posterior.pairs},
            {"priors", posterior.priors},
            {"key", posterior.key},
            {"accepted", fit->accepted}};
}

nlohmann::json row_json(const ScanRow& row) {
    nlohmann::json out{{"name", row.scan.name},
                       {"status", row.status},
                       {"data", row.scan.data},
                       {"config", row.scan.config},
                       {"nlsq", fit_json(row.nlsq)},
                       {"cmc", fit_json(row.cmc)},
                       {"exact", exact_json(row.exact)},
                       {"provenance",
                        {{"key", row.key},
                         {"data_hash", row.data_hash},
                         {"config_hash", row.config_hash},
                         {"application_version", row.version},
                         {"host", row.host},
                         {"ended", row.time}}}};
    auto labels = nlohmann::json::object();
    for (const auto& [name, value] : row.scan.labels) labels[name] = value;
    out["labels"] = std::move(labels);
    if (row.scan.q_per_angstrom) out["q_wanted_per_angstrom"] = *row.scan.q_per_angstrom;
    if (row.q_per_angstrom > 0.0) out["q_per_angstrom"] = row.q_per_angstrom;
    if (row.angles > 0) out["angles"] = row.angles;
    if (row.status == "failed" || row.status == "bad-input")
        out["failure"] = {{"class", row.outcome}, {"why", row.why}};
    if (row.status == "done" || row.status == "failed") {
        out["seconds"] = row.seconds;
        out["cpu_seconds"] = row.cpu_seconds;
    }
    return out;
}

std::size_t count(const std::vector<ScanRow>& rows, std::string_view status) {
    return static_cast<std::size_t>(
        std::count_if(rows.begin(), rows.end(), [&](const ScanRow& row) { return row.status == status; }));
}

}  // namespace

std::string results_csv(const std::vector<ScanRow>& rows) {
    const auto any = [&](std::optional<Fit> ScanRow::*method) {
        return std::ranges::any_of(rows, [&](const ScanRow& row) { return (row.*method).has_value(); });
    };
    const bool exact = any(&ScanRow::exact);
    const auto best_method = exact ? &ScanRow::exact : any(&ScanRow::cmc) ? &ScanRow::cmc : &ScanRow::nlsq;
    const auto best = parameters_of(rows, best_method);
    const auto least_squares = best_method != &ScanRow::nlsq ? parameters_of(rows, &ScanRow::nlsq) : Names();
    const auto labels = labels_of(rows);
    Names head(first_columns.begin(), first_columns.end());
    head.insert(head.end(), labels.begin(), labels.end());
    if (exact)
        add_posterior_heads(head, best);
    else
        add_heads(head, best, "");
    add_heads(head, least_squares, "nlsq_");
    if (exact) head.insert(head.end(), posterior_columns.begin(), posterior_columns.end());
    head.insert(head.end(), last_columns.begin(), last_columns.end());
    auto out = csv_line(head);
    for (const auto& row : rows) {
        const bool ran = row.status == "done" || row.status == "failed";
        Names cells{row.scan.name, row.status, row.outcome,
                    row.q_per_angstrom > 0.0 ? number(row.q_per_angstrom) : number(row.scan.q_per_angstrom),
                    row.angles > 0 ? std::to_string(row.angles) : ""};
        for (const auto& label : labels) cells.push_back(label_of(row, label));
        if (exact)
            add_posterior(cells, row.exact, best);
        else
            add_estimates(cells, row.*best_method, best);
        add_estimates(cells, row.nlsq, least_squares);
        if (exact) add_judgement(cells, row.exact);
        cells.push_back(row.nlsq ? number(row.nlsq->reduced_chi_squared) : "");
        cells.push_back(row.cmc ? number(row.cmc->worst_r_hat) : "");
        cells.push_back(row.cmc ? number(row.cmc->smallest_ess) : "");
        cells.push_back(fmt::format("{}", fmt::join(accepted_of(row), " ")));
        cells.push_back(ran ? fmt::format("{:.3f}", row.seconds) : "");
        cells.push_back(ran ? fmt::format("{:.3f}", row.cpu_seconds) : "");
        // A name that is no UTF-8 is refused, but told of.
        for (const auto& text : {printable(row.scan.data), printable(row.scan.config), row.version, row.host, row.time,
                                 row.key, row.data_hash, row.config_hash, row.why})
            cells.push_back(text);
        out += csv_line(cells);
    }
    return out;
}

nlohmann::json results_json(const std::vector<ScanRow>& rows) {
    auto scans = nlohmann::json::array();
    for (const auto& row : rows) scans.push_back(row_json(row));
    auto summaries = nlohmann::json::array();
    for (const auto& summary : summarize(rows))
        summaries.push_back({{"config", summary.config},
                             {"q_per_angstrom", summary.q_per_angstrom},
                             {"parameter", summary.parameter},
                             {"scans", summary.mean.count},
                             {"mean", summary.mean.mean},
                             {"sd", summary.mean.sd},
                             {"chi_squared", summary.mean.chi_squared},
                             {"birge_ratio", summary.mean.birge_ratio},
                             {"scaled_sd", summary.mean.scaled_sd},
                             {"weights", "1/sd^2"}});
    return {{"format", "hlaunch-campaign"},
            {"version", 1},
            {"done", count(rows, "done")},
            {"failed", count(rows, "failed")},
            {"bad_input", count(rows, "bad-input")},
            {"waiting", count(rows, "waiting")},
            {"scans", std::move(scans)},
            {"weighted_means", std::move(summaries)}};
}

std::string results_text(const std::vector<ScanRow>& rows) {
    auto out = fmt::format("{} scan{}: {} done", rows.size(), rows.size() == 1 ? "" : "s", count(rows, "done"));
    for (const char* status : {"failed", "bad-input", "waiting"})
        if (const auto number = count(rows, status); number > 0) out += fmt::format(", {} {}", number, status);
    out += "\n";
    for (const auto& row : rows)
        if (row.status == "failed" || row.status == "bad-input")
            out += fmt::format("  {}  {}: {}\n", printable(row.scan.name), row.outcome, printable(row.why));
        else if (const auto accepted = accepted_of(row); !accepted.empty())
            out += fmt::format("  {}  did not pass: {} failed and {} let pass (--accept)\n", printable(row.scan.name),
                               fmt::join(accepted, ", "), accepted.size() == 1 ? "was" : "were");
    const auto summaries = summarize(rows);
    if (summaries.empty()) return out;
    out +=
        "\nmeans weighted with 1/sd^2; the sd is raised by the Birge ratio where the scans scatter more than theirs\n";
    out += fmt::format("  {:>12}  {:<20} {:>14} {:>12} {:>6} {:>7}\n", "q (1/A)", "parameter", "mean", "sd", "scans",
                       "Birge");
    for (const auto& summary : summaries)
        out += fmt::format("  {:>12.6g}  {:<20} {:>14.6g} {:>12.3g} {:>6} {:>7}\n", summary.q_per_angstrom,
                           summary.parameter, summary.mean.mean, summary.mean.scaled_sd, summary.mean.count,
                           summary.mean.count > 1 ? fmt::format("{:.2f}", summary.mean.birge_ratio) : "-");
    return out;
}

}  // namespace hlaunch
