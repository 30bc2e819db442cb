// What a cluster's site wants of its scripts: from [site] of hlaunch.toml or a file of its own, or --set. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/text/setting_rule.h"

namespace hlaunch {

struct SiteValue {
    std::vector<std::string> values;
    std::string source;              // "site.toml:12", "--set"
    std::vector<ValueType> types{};  // of each, in a file; of --set none
    bool list = false;               // in a file
};
using SiteValues = std::map<std::string, SiteValue>;  // by key without "site.": "partition", "environment.NAME"

enum class MemoryStyle { mem, mem_per_cpu, none };

struct SiteSettings {
    std::string account, partition, qos, constraint, job_name;
    std::string topology;  // of a compute node: what --topology takes; empty: not known
    MemoryStyle memory = MemoryStyle::mem;
    std::uint64_t walltime_s = 4UL * 3600;
    bool walltime_has_unit = true;  // "90" is minutes to Slurm and seconds to PBS
    bool exclusive = false;         // whole nodes
    bool requeue = true;            // when the walltime came first
    std::uint64_t lead_s = 300;     // the scheduler's warning before the walltime
    std::uint64_t stagger_s = 0;    // between the starts of workers
    std::vector<std::string> modules, launcher_arguments;
    std::vector<std::vector<std::string>> directives;  // words of each
    std::string prologue;                              // the site's own shell text
    std::map<std::string, std::string> environment;
    std::map<std::string, std::string> sources;  // of each key that is not a default
};

// The lead where the walltime leaves room for it, else less, so that half of the walltime is worked in. Throws usage
// Error where a lead that the site asks for, or the least one, is not shorter than the walltime. grace_s: what runs may
// take to end.
[[nodiscard]] std::uint64_t lead_within(const SiteSettings& site, double grace_s);

// The keys of [site], "environment" for all of its own; with what they are for, in one line.
struct SiteKey {
    std::string name, meaning;
    SettingRule rule;  // in a file
};
[[nodiscard]] const std::vector<SiteKey>& site_keys();

// Throws usage Error with source and key: an unknown one (and the nearest known), a value that is none, or one that a
// directive cannot carry.
[[nodiscard]] SiteSettings site_settings(const SiteValues& values);

// "90m", "2h", "1-12:00:00", "12:00:00", "90" (minutes, as Slurm counts). Nothing for what is none, or more than a
// year.
[[nodiscard]] std::optional<std::uint64_t> parse_walltime(std::string_view text);
[[nodiscard]] std::string slurm_time(std::uint64_t seconds);  // "1-12:00:00"
[[nodiscard]] std::string pbs_time(std::uint64_t seconds);    // "36:00:00"

// Why a scheduler's directive cannot carry this text; nothing: it can. Slurm and PBS take a line up to a blank and know
// none of the shell's quotes.
[[nodiscard]] std::optional<std::string> why_no_directive(std::string_view text);

}  // namespace hlaunch
