#include "os/numa/node_memory.h"

#include <fmt/format.h>

#include <charconv>

#include "os/files/file.h"

namespace hlaunch {
namespace {

// "Node 0 MemFree:  123 kB" or "MemFree: 123 kB": the number after the key, in bytes.
std::uint64_t value_of(std::string_view text, std::string_view key) {
    for (auto at = text.find(key); at != std::string_view::npos; at = text.find(key, at + 1)) {
        if (at > 0 && text[at - 1] != ' ' && text[at - 1] != '\n') continue;
        const auto from = text.find_first_not_of(' ', at + key.size());
        if (from == std::string_view::npos) return 0;
        std::uint64_t number = 0;
        std::from_chars(text.data() + from, text.data() + text.size(), number);
        return number * 1024;
    }
    return 0;
}

// "0-1"
std::string list_in(const std::filesystem::path& file) {
    auto text = try_read_text(file).value_or("");
    return text.substr(0, text.find('\n'));
}

}  // namespace

MemoryState parse_node_memory(std::string_view text) {
    return {.available_bytes = value_of(text, "MemFree:") + value_of(text, "Active(file):") +
                               value_of(text, "Inactive(file):") + value_of(text, "SReclaimable:"),
            .total_bytes = value_of(text, "MemTotal:")};
}

MemoryState read_memory(const IdSet& nodes, const std::filesystem::path& root) {
    MemoryState sum;
    // Memory added to a running virtual machine is in the kernel's sum, but not always in a node's.
    const auto all = IdSet::parse(list_in(root / "sys/devices/system/node/has_memory"));
    const bool some = all.empty() || !nodes.includes(all);
    for (const auto node : some ? nodes : IdSet{}) {
        const auto text =
            try_read_text(root / fmt::format("sys/devices/system/node/node{}/meminfo", node)).value_or("");
        const auto one = parse_node_memory(text);
        if (one.total_bytes == 0) return read_memory({}, root);
        sum.available_bytes += one.available_bytes;
        sum.total_bytes += one.total_bytes;
    }
    if (sum.total_bytes > 0) return sum;
    const auto text = try_read_text(root / "proc/meminfo").value_or("");
    return {.available_bytes = value_of(text, "MemAvailable:"), .total_bytes = value_of(text, "MemTotal:")};
}

}  // namespace hlaunch
