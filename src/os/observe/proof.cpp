#include "os/observe/proof.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <optional>
#include <system_error>

#include "os/files/file.h"
#include "os/numa/bit_mask.h"

namespace hlaunch {
namespace {

struct Mapping {
    std::string policy;
    std::string_view file;
    std::map<unsigned, std::uint64_t> pages;
    std::uint64_t anonymous = 0;
    std::uint64_t page_bytes = 4096;
};

std::optional<std::uint64_t> number(std::string_view text) {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return value;
}

std::string_view next_word(std::string_view& line) {
    const auto from = std::min(line.find_first_not_of(' '), line.size());
    const auto to = std::min(line.find(' ', from), line.size());
    const auto word = line.substr(from, to - from);
    line.remove_prefix(to);
    return word;
}

void take_field(Mapping& mapping, std::string_view word) {
    const auto equals = word.find('=');
    if (equals == std::string_view::npos) return;
    const auto key = word.substr(0, equals);
    const auto value = word.substr(equals + 1);
    if (key == "file") {
        mapping.file = value;
        return;
    }
    const auto count = number(value);
    if (!count) return;
    if (key == "anon") mapping.anonymous = *count;
    if (key == "kernelpagesize_kB") mapping.page_bytes = *count * 1024;
    if (key.size() > 1 && key.front() == 'N')
        if (const auto node = number(key.substr(1))) mapping.pages[static_cast<unsigned>(*node)] += *count;
}

// "7f05b0000000 prefer (many):0-1 anon=3 N0=1 N1=2 kernelpagesize_kB=4"
Mapping parse_mapping(std::string_view line) {
    Mapping mapping;
    next_word(line);  // address
    mapping.policy = std::string(next_word(line));
    // Two policies have a blank in their name.
    if (const auto rest = line; mapping.policy == "prefer" || mapping.policy == "weighted") {
        const auto more = next_word(line);
        if (more.starts_with("(many)") || more.starts_with("interleave")) {
            mapping.policy.append(" ").append(more);
        } else {
            line = rest;
        }
    }
    for (auto word = next_word(line); !word.empty(); word = next_word(line)) take_field(mapping, word);
    return mapping;
}

bool is_shared_memory(std::string_view file) {
    return file.starts_with("/dev/shm/") || file.starts_with("/memfd:") || file.starts_with("/SYSV") ||
           file.starts_with("/dev/zero");
}

void add(const Mapping& mapping, NumaMaps& maps) {
    std::uint64_t total = 0;
    for (const auto& [node, pages] : mapping.pages) total += pages;
    const bool shared = is_shared_memory(mapping.file);
    std::uint64_t left = std::min(mapping.anonymous, total);
    for (const auto& [node, pages] : mapping.pages) {
        if (shared || mapping.file.empty()) {
            (shared ? maps.shared : maps.anonymous)[node] += pages * mapping.page_bytes;
            continue;
        }
        const auto portion = static_cast<double>(mapping.anonymous) / static_cast<double>(total);
        const auto own =
            std::min({left, pages, static_cast<std::uint64_t>(static_cast<double>(pages) * portion + 0.5)});
        left -= own;
        if (own > 0) maps.anonymous[node] += own * mapping.page_bytes;
        if (pages > own) maps.file[node] += (pages - own) * mapping.page_bytes;
    }
}

void read_threads(pid_t pid, ProcessProof& proof) {
    std::map<IdSet, unsigned> masks;
    std::error_code error;
    const std::filesystem::path folder = "/proc/" + std::to_string(pid) + "/task";
    for (std::filesystem::directory_iterator entry(folder, error), end; !error && entry != end;
         entry.increment(error)) {
        const auto tid = number(entry->path().filename().native());
        if (!tid) continue;
        if (IdSet cpus = affinity_of(static_cast<int>(*tid)); !cpus.empty()) ++masks[std::move(cpus)];
        if (const auto run = parse_thread_run(try_read_text(entry->path() / "stat").value_or("")))
            proof.runs.push_back(*run);
    }
    for (const auto& [cpus, threads] : masks) proof.affinity.push_back({cpus, threads});
    std::stable_sort(proof.affinity.begin(), proof.affinity.end(),
                     [](const auto& a, const auto& b) { return a.threads > b.threads; });
}

}  // namespace

NumaMaps parse_numa_maps(std::string_view text) {
    NumaMaps maps;
    std::map<std::string, unsigned> policies;
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        const auto line = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        if (line.find(' ') == std::string_view::npos) continue;
        const Mapping mapping = parse_mapping(line);
        ++policies[mapping.policy];
        add(mapping, maps);
    }
    const auto most = std::max_element(policies.begin(), policies.end(),
                                       [](const auto& a, const auto& b) { return a.second < b.second; });
    if (most != policies.end()) maps.policy = most->first;
    return maps;
}

ProcessProof read_proof(const ProcessInfo& process) {
    ProcessProof proof;
    proof.pid = process.pid;
    proof.ppid = process.ppid;
    proof.comm = process.comm;
    proof.command = command_line(process.pid);
    proof.threads = process.threads;
    read_threads(process.pid, proof);
    proof.memory = parse_numa_maps(try_read_text("/proc/" + std::to_string(process.pid) + "/numa_maps").value_or(""));
    proof.resident_bytes = process.resident_bytes;
    proof.cpu_seconds = process.cpu_seconds;
    return proof;
}

std::vector<ProcessProof> read_proofs(std::span<const ProcessInfo> processes) {
    std::vector<ProcessProof> proofs;
    for (const auto& process : processes) {
        if (process.dead()) continue;
        ProcessProof proof = read_proof(process);
        if (!proof.affinity.empty()) proofs.push_back(std::move(proof));
    }
    return proofs;
}

}  // namespace hlaunch
