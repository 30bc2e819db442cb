#include "homodyne/app/xla_config.h"

#include <fmt/format.h>

#include "homodyne/app/xla_flags.h"

namespace hlaunch::homodyne {
namespace {

constexpr const char* signature = "# Written by hlaunch config-xla";

std::string counted(unsigned number, const char* what) {
    return fmt::format("{} {}{}", number, what, number == 1 ? "" : "s");
}

std::string heading(const XlaRecommendation& r, const char* how) {
    return fmt::format(
        "{} for mode {} on {}; hlaunch config-xla --unset removes it.\n"
        "# To be sourced: {}   What is set already stays as it is.\n",
        signature, to_string(r.mode), counted(r.physical_cores, "physical core"), how);
}

// "--xla_cpu_multi_thread_eigen=false" -> "--xla_cpu_multi_thread_eigen="
std::string flag_name(const std::string& flag) {
    return flag.substr(0, flag.find('=') + 1);
}

}  // namespace

XlaRecommendation recommend_xla(Mode mode, unsigned logical_cores, unsigned physical_cores, unsigned numa_nodes) {
    return {.mode = mode,
            .logical_cores = logical_cores,
            .physical_cores = physical_cores,
            .numa_nodes = numa_nodes,
            .devices = xla_devices(mode, physical_cores),
            .threads = blas_threads(mode, physical_cores)};
}

std::vector<std::string> recommended_xla_flags(const XlaRecommendation& r) {
    return own_xla_flags(r.devices);
}

std::vector<std::pair<std::string, std::string>> recommended_threads(const XlaRecommendation& r) {
    const auto threads = std::to_string(r.threads);
    return {{"OMP_NUM_THREADS", threads}, {"OPENBLAS_NUM_THREADS", threads}, {"MKL_NUM_THREADS", threads}};
}

std::string guide_block(const XlaRecommendation& r) {
    const auto flags = recommended_xla_flags(r);
    return fmt::format(
        "Detected CPU: {}, {}, {}\n"
        "Recommended settings:\n"
        "  XLA_FLAGS={}\n"
        "  XLA_FLAGS+={}\n"
        "  OMP_NUM_THREADS={}\n"
        "  OPENBLAS_NUM_THREADS={}\n",
        counted(r.logical_cores, "logical core"), counted(r.physical_cores, "physical core"),
        counted(r.numa_nodes, "NUMA node"), flags[0], flags[1], r.threads, r.threads);
}

std::string sh_settings(const XlaRecommendation& r) {
    auto out = heading(r, ". ~/.homodyne_xla_config (sh, bash, zsh).");
    for (const auto& flag : recommended_xla_flags(r))
        out += fmt::format(
            "case \" ${{XLA_FLAGS-}}\" in\n"
            "*\" {}\"*) ;;\n"
            "*) XLA_FLAGS=\"${{XLA_FLAGS:+$XLA_FLAGS }}{}\" ;;\n"
            "esac\n",
            flag_name(flag), flag);
    out += "export XLA_FLAGS\n";
    for (const auto& [name, value] : recommended_threads(r))
        out += fmt::format("export {}=\"${{{}:-{}}}\"\n", name, name, value);
    return out;
}

std::string fish_settings(const XlaRecommendation& r) {
    auto out = heading(r, "source ~/.homodyne_xla_config.fish (fish).");
    for (const auto& flag : recommended_xla_flags(r))
        out += fmt::format(
            "string match -q -- '* {}*' \" $XLA_FLAGS\"\n"
            "or set -gx XLA_FLAGS (string trim -- \"$XLA_FLAGS {}\")\n",
            flag_name(flag), flag);
    for (const auto& [name, value] : recommended_threads(r))
        out += fmt::format("set -q {}; or set -gx {} {}\n", name, name, value);
    return out;
}

bool is_settings_file(const std::string& text) {
    return text.starts_with(signature);
}

}  // namespace hlaunch::homodyne
