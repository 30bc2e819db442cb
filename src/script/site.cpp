#include "script/site.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>

#include "base/error.h"
#include "base/text/nearest_name.h"
#include "base/text/printable.h"
#include "base/text/shell_quote.h"

namespace hlaunch {
namespace {

constexpr std::uint64_t year_s = 366ULL * 24 * 3600;

[[noreturn]] void refuse(const SiteValue& value, const std::string& key, const std::string& why) {
    throw usage_error("{}: site.{}: {}", value.source, printable(key), printable(why));
}

std::string one(const SiteValue& value, const std::string& key) {
    if (value.values.size() != 1) refuse(value, key, "one value is expected, not a list");
    return value.values.front();
}

std::string word(const SiteValue& value, const std::string& key) {
    auto out = one(value, key);
    if (const auto why = why_no_directive(out)) refuse(value, key, *why);
    return out;
}

// Features with Slurm's operators between them: "icelake&ib", "[rack1|rack2]".
std::string features(const SiteValue& value, const std::string& key) {
    auto out = one(value, key);
    auto names = out;
    std::replace_if(
        names.begin(), names.end(),
        [](char letter) { return std::string_view("&|[]*()").find(letter) != std::string_view::npos; }, '+');
    if (const auto why = why_no_directive(names)) refuse(value, key, *why);
    return out;
}

bool flag(const SiteValue& value, const std::string& key) {
    const auto text = one(value, key);
    if (text != "true" && text != "false") refuse(value, key, fmt::format("'{}' is neither true nor false", text));
    return text == "true";
}

std::uint64_t seconds(const SiteValue& value, const std::string& key) {
    const auto text = one(value, key);
    std::uint64_t out = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
    if (error != std::errc{} || end != text.data() + text.size() || out > 86400)
        refuse(value, key, fmt::format("'{}' is no number of seconds up to 86400", text));
    return out;
}

std::vector<std::string> words(const SiteValue& value, const std::string& key) {
    for (const auto& text : value.values)
        if (text.find('\0') != std::string::npos || text.find('\n') != std::string::npos)
            refuse(value, key, "a newline or NUL in a word");
    return value.values;
}

bool is_variable(std::string_view name) {
    const auto fits = [](unsigned char c) { return std::isalnum(c) != 0 || c == '_'; };
    return !name.empty() && std::isdigit(static_cast<unsigned char>(name.front())) == 0 &&
           std::all_of(name.begin(), name.end(), fits);
}

void take_directives(SiteSettings& out, const SiteValue& value) {
    for (const auto& text : value.values) {
        std::vector<std::string> words;
        for (std::size_t at = 0; at <= text.size();) {
            const auto end = std::min(text.find(' ', at), text.size());
            words.push_back(text.substr(at, end - at));
            if (const auto why = why_no_directive(words.back()))
                refuse(value, "directives", fmt::format("'{}': {}", text, *why));
            at = end + 1;
        }
        if (!text.starts_with("-")) refuse(value, "directives", fmt::format("'{}' does not begin with a dash", text));
        out.directives.push_back(std::move(words));
    }
}

void take(SiteSettings& out, const std::string& key, const SiteValue& value) {
    if (key == "account") out.account = word(value, key);
    if (key == "partition") out.partition = word(value, key);
    if (key == "qos") out.qos = word(value, key);
    if (key == "constraint") out.constraint = features(value, key);
    if (key == "job_name") out.job_name = word(value, key);
    if (key == "topology") out.topology = one(value, key);
    if (key == "exclusive") out.exclusive = flag(value, key);
    if (key == "requeue") out.requeue = flag(value, key);
    if (key == "lead_s") out.lead_s = seconds(value, key);
    if (key == "stagger_s") out.stagger_s = seconds(value, key);
    if (key == "modules") out.modules = words(value, key);
    if (key == "launcher_arguments") out.launcher_arguments = words(value, key);
    if (key == "directives") take_directives(out, value);
    if (key == "prologue") {
        for (const auto& line : value.values) out.prologue += (out.prologue.empty() ? "" : "\n") + line;
        if (out.prologue.find('\0') != std::string::npos) refuse(value, key, "a NUL, which no shell can read");
    }
    if (key == "memory") {
        const auto style = one(value, key);
        if (style != "mem" && style != "mem-per-cpu" && style != "none")
            refuse(value, key, fmt::format("'{}' is none of mem, mem-per-cpu, none", style));
        out.memory = style == "mem" ? MemoryStyle::mem : style == "none" ? MemoryStyle::none : MemoryStyle::mem_per_cpu;
    }
    if (key == "walltime") {
        const auto time = parse_walltime(one(value, key));
        if (!time)
            refuse(value, key,
                   fmt::format("'{}' is no walltime; write 90m, 2h, 12:00:00 or 1-12:00:00", value.values.front()));
        out.walltime_s = *time;
        out.walltime_has_unit = value.values.front().find_first_not_of("0123456789") != std::string::npos;
    }
}

}  // namespace

const std::vector<SiteKey>& site_keys() {
    using Kind = SettingRule::Kind;
    const SettingRule text{}, texts{.list = true}, flag{.kind = Kind::flag};
    const SettingRule seconds{.kind = Kind::whole, .least = 0, .most = 86400};
    static const std::vector<SiteKey> keys{
        {"account", "whose time it is (--account, -A)", text},
        {"partition", "where to run: Slurm's partition, PBS's queue", text},
        {"qos", "quality of service (Slurm)", text},
        {"constraint", "features of the nodes (Slurm)", text},
        {"job_name", "default: hlaunch", text},
        {"memory",
         "how memory is asked for: mem, mem-per-cpu or none",
         {.kind = Kind::choice, .choices = {"mem", "mem-per-cpu", "none"}}},
        {"topology", "a compute node, as --topology takes it: lstopo's XML file or a synthetic string", text},
        {"walltime", "90m, 2h, 12:00:00 or 1-12:00:00; default 4h", {.bare = true}},
        {"exclusive", "whole nodes; default false", flag},
        {"requeue", "queue again when the walltime came first; default true", flag},
        {"lead_s", "seconds from the scheduler's warning to the walltime; default 300", seconds},
        {"stagger_s", "seconds between the starts of workers, where Python is on a shared file system; default 0",
         seconds},
        {"modules", "names for module load", texts},
        {"prologue", "lines of shell before all else", {.list = true, .blank = true}},
        {"directives", "further directives, each with its dashes: --reservation=beam, or -W group_list=x", texts},
        {"launcher_arguments", "further arguments of srun or mpirun", texts},
        {"environment", "a table of variables to export", {}}};
    return keys;
}

SiteSettings site_settings(const SiteValues& values) {
    SiteSettings out;
    out.job_name = "hlaunch";
    for (const auto& [key, value] : values) {
        out.sources[key] = value.source;
        if (key.starts_with("environment.")) {
            const auto name = key.substr(key.find('.') + 1);
            if (!is_variable(name)) refuse(value, key, fmt::format("'{}' is no name of a variable", name));
            const auto text = one(value, key);
            if (value.list || std::find(value.types.begin(), value.types.end(), ValueType::real) != value.types.end())
                refuse(value, key, "text in quotes is wanted: the variable gets exactly that");
            if (text.find('\0') != std::string::npos) refuse(value, key, "a NUL, which no variable can hold");
            out.environment[name] = text;
            continue;
        }
        std::vector<std::string> known;
        for (const auto& one : site_keys()) known.push_back(one.name);
        const auto found = std::find(known.begin(), known.end(), key);
        if (found == known.end()) {
            const auto near = nearest_name(key, known);
            refuse(value, key,
                   fmt::format("is unknown{}", near ? fmt::format("; did you mean '{}'?", *near)
                                                    : fmt::format("; known are {}", fmt::join(known, ", "))));
        }
        if (key == "environment")
            refuse(value, key,
                   "a table of variables is wanted: environment.NAME = \"value\" below [site], or --set "
                   "environment.NAME=value");
        const auto& rule = site_keys()[static_cast<std::size_t>(found - known.begin())].rule;
        if (!value.types.empty())
            if (const auto why = why_not(rule, value.values, value.types, value.list)) refuse(value, key, *why);
        take(out, key, value);
    }
    return out;
}

std::uint64_t lead_within(const SiteSettings& site, double grace_s) {
    const bool asked = site.sources.contains("lead_s");
    const auto lead = asked ? site.lead_s : std::min(site.lead_s, site.walltime_s / 2);
    const auto source = [&](const char* key) {
        const auto found = site.sources.find(key);
        return found == site.sources.end() ? std::string() : found->second + ": ";
    };
    if (asked && lead >= site.walltime_s)
        throw usage_error(
            "{}lead_s is {}, and the walltime {} s: the scheduler would warn before anything can start; set a longer "
            "walltime, or a smaller lead_s",
            source("lead_s"), lead, site.walltime_s);
    if (static_cast<double>(lead) <= grace_s && asked)
        throw usage_error(
            "{}lead_s is {}: after the scheduler's warning what runs may take --grace ({} s) to end; set lead_s above "
            "it, or give less --grace",
            source("lead_s"), lead, grace_s);
    if (static_cast<double>(lead) <= grace_s)
        throw usage_error(
            "{}a walltime of {} s is too short: half of it is for the end, and what runs may take --grace ({} s) for "
            "that; "
            "set a longer walltime, or give less --grace",
            source("walltime"), site.walltime_s, grace_s);
    return lead;
}

std::optional<std::uint64_t> parse_walltime(std::string_view text) {
    const auto number = [&](std::uint64_t& out) {
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
        if (error != std::errc{} || out > year_s) return false;
        text.remove_prefix(static_cast<std::size_t>(end - text.data()));
        return true;
    };
    const auto within = [](std::uint64_t time) {
        return time > 0 && time <= year_s ? std::optional(time) : std::nullopt;
    };
    std::uint64_t first = 0, days = 0;
    if (!number(first)) return std::nullopt;
    if (text.empty()) return within(first * 60);
    if (text.size() == 1 && std::string_view("smhd").find(text.front()) != std::string_view::npos)
        return within(first * (text == "s" ? 1U : text == "m" ? 60U : text == "h" ? 3600U : 86400U));
    const bool has_days = text.front() == '-';
    if (has_days) {
        days = first;
        text.remove_prefix(1);
        if (!number(first)) return std::nullopt;
    }
    std::vector<std::uint64_t> fields{first};
    while (!text.empty()) {
        if (text.front() != ':' || fields.size() == 3) return std::nullopt;
        text.remove_prefix(1);
        std::uint64_t next = 0;
        if (!number(next) || next > 59) return std::nullopt;
        fields.push_back(next);
    }
    if (!has_days && fields.size() != 3) return std::nullopt;  // "12:00" is 12 minutes to Slurm and hours to people
    fields.resize(3, 0);
    return within(days * 86400 + fields[0] * 3600 + fields[1] * 60 + fields[2]);
}

std::string slurm_time(std::uint64_t seconds) {
    return fmt::format("{}-{:02}:{:02}:{:02}", seconds / 86400, seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
}

std::string pbs_time(std::uint64_t seconds) {
    return fmt::format("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
}

std::optional<std::string> why_no_directive(std::string_view text) {
    if (text.empty()) return "it is empty";
    for (const char letter : text) {
        if (std::isblank(static_cast<unsigned char>(letter)) != 0)
            return "a directive ends at a blank: it cannot carry one";
        if (std::iscntrl(static_cast<unsigned char>(letter)) != 0)
            return "a directive is one line: it cannot carry control characters";
    }
    // What the shell would have to quote, the scheduler would take for part of the value.
    if (shell_quote(text) != text) {
        for (const char letter : text)
            if (const std::string one(1, letter); shell_quote(one) != one)
                return fmt::format(
                    "a directive cannot carry {}: the scheduler knows none of the shell's quotes",
                    std::isprint(static_cast<unsigned char>(letter)) != 0 ? "'" + one + "'" : "such bytes");
        return "a directive cannot carry it";
    }
    return std::nullopt;
}

}  // namespace hlaunch
