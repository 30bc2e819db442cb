#include "cli/options/job_options.h"

#include <sys/stat.h>
#include <CLI/CLI.hpp>

#include "base/error.h"
#include "base/text/shell_quote.h"
#include "cli/options/number_in.h"
#include "cli/options/settings_files.h"
#include "homodyne/app/mode.h"
#include "os/host/hwloc_reader.h"

namespace hlaunch {
namespace {

using Kind = SettingRule::Kind;

std::string help_of(const OptionRow& row, unsigned command) {
    for (const auto& other : row.other_help)
        if ((other.commands & command) != 0) return std::string(other.text);
    return std::string(row.help);
}

// The default as --help shows it; empty where the text tells it.
std::string shown_default(const OptionRow& row) {
    if (!row.field.write || !row.otherwise.empty()) return {};
    return fmt::format("{}", fmt::join(row.field.write(JobOptions{}), " "));
}

CLI::Option* add_valued(CLI::App& app, const OptionRow& row, const std::string& help) {
    auto* option = app.add_option(std::string(row.flag), help);
    const auto& rule = row.rule;
    std::string value = "TEXT";
    if (rule.kind == Kind::choice) {
        option->check(CLI::IsMember(std::vector<std::string>(rule.choices.begin(), rule.choices.end())));
    } else if (rule.kind == Kind::number) {
        value = "FLOAT";
        option->check(number_in(rule.least, rule.most));
    } else if (rule.kind == Kind::whole) {
        value = "UINT";
        if (!row.any_number)
            option->check(CLI::Range(static_cast<unsigned>(rule.least), static_cast<unsigned>(rule.most)));
    } else if (rule.kind == Kind::size) {
        value = "SIZE";
    }
    option->type_name(row.value.empty() ? value : std::string(row.value))->default_str(shown_default(row));
    if (row.repeats) option->expected(1, -1)->allow_extra_args(false);
    if (row.bare) option->expected(0, 1);
    if (!row.variable.empty()) option->envname(std::string(row.variable));
    return option;
}

std::vector<std::string> words_of_option(const OptionRow& row, const CLI::Option& option) {
    if (row.rule.kind == Kind::flag) return {option.as<bool>() != row.opposite ? "true" : "false"};
    if (row.rule.kind == Kind::whole) return {fmt::format("{}", option.as<unsigned>())};
    if (row.rule.kind == Kind::number) return {fmt::format("{}", option.as<double>())};
    if (row.repeats) return option.as<std::vector<std::string>>();
    return {option.as<std::string>()};
}

std::string told(const OptionRow& row, const OptionWords& words) {
    if (row.opposite) return words.values.front() == "true" ? "false" : "true";
    return words.list ? shell_join(words.values) : fmt::format("{}", fmt::join(words.values, " "));
}

}  // namespace

void JobCommandOptions::add_to(CLI::App& app, unsigned command) {
    app_ = &app;
    command_ = command;
    for (const std::string group : {"Analysis", "Placement", "Options"})
        for (const auto& row : option_table()) {
            if ((row.commands & command) == 0 || row.group != group) continue;
            const auto help = help_of(row, command);
            (row.rule.kind == Kind::flag ? app.add_flag(std::string(row.flag), help) : add_valued(app, row, help))
                ->group(group);
        }
}

const CLI::Option* JobCommandOptions::given_option(const OptionRow& row) const {
    if ((row.commands & command_) == 0) return nullptr;  // the command's own may have the same name
    const auto* option = app_->get_option_no_throw(std::string(row.flag));
    return option != nullptr && option->count() > 0 ? option : nullptr;
}

std::optional<std::string> JobCommandOptions::given(std::string_view flag) const {
    const auto* option = app_->get_option_no_throw(std::string(flag));
    return option != nullptr && option->count() > 0 ? std::optional(option->as<std::string>()) : std::nullopt;
}

std::optional<OptionWords> JobCommandOptions::said(const OptionRow& row, const Settings& settings) const {
    if (const auto* option = given_option(row))
        return OptionWords{.values = words_of_option(row, *option), .source = std::string(row.flag)};
    const auto* setting = row.key.empty() ? nullptr : settings.find(std::string(row.key));
    if (setting == nullptr) return std::nullopt;
    return OptionWords{
        .values = setting->values, .source = fmt::format("{}: {}", setting->source, row.key), .list = setting->list};
}

std::vector<JobCommandOptions::Explained> JobCommandOptions::explain(const Settings& settings) const {
    std::vector<Explained> out;
    for (const auto& row : option_table()) {
        if ((row.commands & command_) == 0 || (row.key.empty() && row.variable.empty())) continue;
        std::string source = "default";
        if (given_option(row) != nullptr)
            source = row.variable.empty() ? "command line" : fmt::format("command line or {}", row.variable);
        else if (const auto* setting = settings.find(std::string(row.key)))
            source = setting->source;
        const auto words = said(row, settings);
        const std::string otherwise(row.otherwise);
        out.push_back({std::string(row.flag),
                       words               ? told(row, *words)
                       : otherwise.empty() ? told(row, {.values = row.field.write(JobOptions{}), .source = ""})
                                           : otherwise,
                       source});
    }
    return out;
}

// What can only come to nothing.
void JobCommandOptions::check_times(const JobOptions& options, const Settings& settings) const {
    const auto* set = settings.find("run.grace_s");
    const auto grace =
        fmt::format("{} s ({})", options.limits.grace_s, set != nullptr && !given("--grace") ? set->source : "--grace");
    if (options.limits.time_limit_s && *options.limits.time_limit_s <= options.limits.grace_s)
        throw usage_error(
            "--time-limit {}: what runs is stopped the grace of {} before it, so that nothing would ever start; give "
            "more time, or less --grace",
            *given("--time-limit"), grace);
    if (const auto lead = given("--lead"); lead && options.limits.lead_s <= options.limits.grace_s)
        throw usage_error(
            "--lead {}: what runs may take the grace of {} to end, and the scheduler would kill it first; give a "
            "longer --lead, or less --grace",
            *lead, grace);
}

JobOptions JobCommandOptions::resolve() const {
    return resolve(load_settings());
}

JobOptions JobCommandOptions::resolve(const Settings& settings) const {
    JobOptions out;
    out.analysis.config = config;
    out.folder.output = output;
    for (const auto& row : option_table())
        if (const auto words = row.field.read ? said(row, settings) : std::nullopt) row.field.read(out, *words);
    if (out.folder.keep_private) ::umask(S_IRWXG | S_IRWXO);  // before anything is written
    out.placements.min_numa_cores = homodyne::min_numa_cores(out.analysis.mode);
    check_times(out, settings);
    for (const auto& row : option_table())
        if (row.field.write && !row.always && given_option(row) != nullptr && is_default(row, out))
            out.stated.emplace_back(row.flag);
    return out;
}

Machine JobCommandOptions::machine() const {
    const auto topology = given("--topology");
    return topology ? read_foreign_machine(*topology) : read_limited_machine();
}

}  // namespace hlaunch
