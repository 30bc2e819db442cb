#include "script/scheduler/scontrol_node.h"

#include <fmt/format.h>

#include <charconv>
#include <cstdint>
#include <optional>

#include "base/error.h"
#include "base/text/quantity.h"

namespace hlaunch {
namespace {

// "Name=123", at the beginning of a word.
std::optional<std::uint64_t> number(std::string_view text, std::string_view name) {
    for (auto at = text.find(name); at != std::string_view::npos; at = text.find(name, at + 1)) {
        const auto value = at + name.size();
        if (at > 0 && text[at - 1] != ' ' && text[at - 1] != '\n' && text[at - 1] != '\t') continue;
        if (value >= text.size() || text[value] != '=') continue;
        std::uint64_t out = 0;
        const auto [end, error] = std::from_chars(text.data() + value + 1, text.data() + text.size(), out);
        if (error == std::errc{}) return out;
    }
    return std::nullopt;
}

std::uint64_t needed(std::string_view text, const char* name) {
    const auto out = number(text, name);
    if (!out || *out == 0 || *out > 1'000'000'000)
        throw usage_error(
            "scontrol tells no {} of this node; is it the output of scontrol show node NAME? Else give --topology",
            name);
    return *out;
}

}  // namespace

SlurmNode node_of_scontrol(std::string_view text) {
    const auto sockets = needed(text, "Sockets"), cores = needed(text, "CoresPerSocket"),
               threads = needed(text, "ThreadsPerCore");
    const auto memory = needed(text, "RealMemory"), kept = number(text, "MemSpecLimit").value_or(0);
    if (sockets * cores * threads > 16384)
        throw usage_error("scontrol tells of {} x {} x {} CPUs in one node; give --topology", sockets, cores, threads);
    const auto left = memory > kept ? memory - kept : memory;
    // CPUEfctv since 22.05: without CoreSpecCount and CpuSpecList. CPUs=cores in slurm.conf: a CPU is a core.
    auto most = number(text, "CPUEfctv").value_or(0);
    if (most == 0) {
        most = number(text, "CPUTot").value_or(0);
        const auto specialised = number(text, "CoreSpecCount").value_or(0) * threads;
        if (specialised < most) most -= specialised;
    }
    return {fmt::format("pack:{} [numa(memory={})] core:{} pu:{}", sockets, left * mib / sockets, cores, threads),
            static_cast<unsigned>(most)};
}

}  // namespace hlaunch
