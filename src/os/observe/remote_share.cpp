#include "os/observe/remote_share.h"

#include <charconv>
#include <filesystem>
#include <string>
#include <system_error>

#include "base/error.h"
#include "os/files/file.h"

namespace hlaunch {
namespace {

namespace fs = std::filesystem;

template <class Number>
bool parse(std::string_view text, Number& number) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc() && end == text.data() + text.size();
}

std::uint64_t sum_of(const BytesPerNode& bytes) {
    std::uint64_t sum = 0;
    for (const auto& [node, count] : bytes) sum += count;
    return sum;
}

}  // namespace

NodeOfCpu read_cpu_nodes() {
    NodeOfCpu out;
    std::error_code error;
    for (fs::directory_iterator entry("/sys/devices/system/node", error), end; !error && entry != end;
         entry.increment(error)) {
        const auto name = entry->path().filename().string();
        unsigned node = 0;
        if (!name.starts_with("node") || !parse(std::string_view(name).substr(4), node)) continue;
        auto list = try_read_text(entry->path() / "cpulist").value_or("");
        while (!list.empty() && list.back() == '\n') list.pop_back();
        try {
            for (const auto cpu : IdSet::parse(list)) out[cpu] = node;
        } catch (const Error&) {
            continue;  // a kernel's list that is none tells nothing
        }
    }
    return out;
}

std::optional<double> remote_share(std::span<const ThreadRun> threads, const BytesPerNode& anonymous,
                                   const NodeOfCpu& nodes) {
    const auto all = static_cast<double>(sum_of(anonymous));
    double cpu_seconds = 0.0;
    for (const auto& thread : threads) cpu_seconds += thread.cpu_seconds;
    double weights = 0.0, remote = 0.0;
    for (const auto& thread : threads) {
        const auto node = nodes.find(thread.cpu);
        if (node == nodes.end()) continue;
        const double weight = cpu_seconds > 0.0 ? thread.cpu_seconds : 1.0;
        const auto local = anonymous.find(node->second);
        const double local_bytes = local == anonymous.end() ? 0.0 : static_cast<double>(local->second);
        weights += weight;
        remote += weight * (all - local_bytes);
    }
    if (!(all > 0.0) || !(weights > 0.0)) return std::nullopt;
    return remote / (weights * all);
}

std::optional<double> remote_share(std::span<const ProcessProof> processes, const NodeOfCpu& nodes) {
    double bytes = 0.0, remote = 0.0;
    for (const auto& process : processes) {
        const auto share = remote_share(process.runs, process.memory.anonymous, nodes);
        if (!share) continue;
        const auto own = static_cast<double>(sum_of(process.memory.anonymous));
        bytes += own;
        remote += own * *share;
    }
    return bytes > 0.0 ? std::optional(remote / bytes) : std::nullopt;
}

}  // namespace hlaunch
