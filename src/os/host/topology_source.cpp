#include "os/host/topology_source.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string_view>

#include "base/error.h"
#include "base/text/printable.h"

namespace hlaunch {
namespace {

constexpr std::size_t max_xml_bytes = std::size_t{64} << 20U;
constexpr std::uint64_t max_pus = 16384;  // twice what Linux is built for

std::string shortened(std::string_view text) {
    constexpr std::size_t width = 120;
    std::string out;
    for (const char c : text.substr(0, width)) out += std::iscntrl(static_cast<unsigned char>(c)) != 0 ? '?' : c;
    return text.size() > width ? out + "..." : out;
}

std::string read_file(const std::string& path, const std::string& name) {
    std::error_code ignored;
    if (std::filesystem::is_directory(path, ignored))
        throw usage_error("--topology: '{}' is a directory; name an XML file of lstopo's", name);
    std::ifstream file(path, std::ios::binary);
    if (!file) throw usage_error("--topology: cannot open '{}': {}", name, std::strerror(errno));
    // Reading in pieces with a limit serves pipes and devices too.
    std::string text;
    for (std::string piece(std::size_t{1} << 16U, '\0'); file;) {
        file.read(piece.data(), static_cast<std::streamsize>(piece.size()));
        text.append(piece, 0, static_cast<std::size_t>(file.gcount()));
        if (text.size() > max_xml_bytes)
            throw usage_error("--topology: '{}' is larger than 64 MiB, no machine's topology is", name);
    }
    if (file.bad()) throw usage_error("--topology: cannot read '{}'", name);
    if (text.find('<') == std::string::npos)
        throw usage_error("--topology: '{}' is no hwloc XML; write one with: lstopo X.xml", name);
    return text;
}

// What hwloc would not survive: it recurses over nested objects, and walks through infinite or overlong sets.
void check_xml(std::string_view text, const std::string& name) {
    constexpr int most_depth = 200;  // a machine's own are below 20
    constexpr std::size_t longest_set = 65536;
    const auto refuse = [&](const std::string& why) {
        throw usage_error("--topology: '{}' {}, which no machine's topology has; write one with: lstopo X.xml", name,
                          why);
    };
    int depth = 0;
    for (std::size_t at = text.find('<'); at != std::string_view::npos; at = text.find('<', at)) {
        ++at;
        if (text.substr(at).starts_with("!--")) {
            at = std::min(text.find("-->", at), text.size());
            continue;
        }
        char quote = '\0';  // a '>' in a value ends no tag
        auto end = at;
        for (; end < text.size() && (quote != '\0' || text[end] != '>'); ++end) {
            if (quote != '\0' ? text[end] == quote : text[end] == '"' || text[end] == '\'')
                quote = quote != '\0' ? '\0' : text[end];
        }
        const auto tag = text.substr(at, end - at);
        at = end;
        if (tag.starts_with('?') || tag.starts_with('!')) continue;
        if (tag.starts_with('/'))
            --depth;
        else if (!tag.ends_with('/') && ++depth > most_depth)
            refuse(fmt::format("nests {} elements and more", most_depth));
        for (auto set = tag.find("cpuset="); set != std::string_view::npos; set = tag.find("cpuset=", set)) {
            set += std::string_view("cpuset=").size() + 1;
            const auto value = tag.substr(std::min(set, tag.size()));
            if (value.starts_with("0xf...f") || value.starts_with("f...f"))
                refuse("holds a set of infinitely many CPUs");
            if (value.find_first_of("\"'") == std::string_view::npos || value.find_first_of("\"'") > longest_set)
                refuse("holds a set of CPUs longer than 64 KiB");
        }
    }
}

// hwloc builds whatever it is told to; "pu:100000000" would eat the memory first.
void check_size(std::string_view text, const std::string& name) {
    std::uint64_t pus = 1;
    int depth = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '(' || text[i] == '[') ++depth;
        if (text[i] == ')' || text[i] == ']') --depth;
        const bool starts = i == 0 || text[i - 1] == ':' || text[i - 1] == ' ';
        if (depth != 0 || !starts || std::isdigit(static_cast<unsigned char>(text[i])) == 0) continue;
        std::uint64_t arity = 0;
        for (; i < text.size() && std::isdigit(static_cast<unsigned char>(text[i])) != 0; ++i)
            if (arity <= max_pus) arity = arity * 10 + static_cast<std::uint64_t>(text[i] - '0');
        --i;
        if (arity > 0) pus *= arity;
        if (pus > max_pus)
            throw usage_error("--topology: '{}' has more than {} PUs, more than any machine", name, max_pus);
    }
}

}  // namespace

TopologySource read_topology_source(const std::string& text) {
    TopologySource source;
    source.name = shortened(text);
    if (text.find_first_not_of(" \t\n") == std::string::npos)
        throw usage_error("--topology is empty; name an XML file of lstopo's or a synthetic topology");
    std::error_code ignored;
    if (text.ends_with(".xml") || std::filesystem::exists(text, ignored)) {
        source.xml = read_file(text, source.name);
        check_xml(source.xml, source.name);
        source.name = std::filesystem::path(source.name).filename();
    } else {
        check_size(text, source.name);
        source.synthetic = text;
    }
    return source;
}

std::optional<NewerXml> newer_than_2(const std::string& xml) {
    static constexpr std::string_view before = "<topology version=\"";
    const auto at = xml.find(before);
    if (at == std::string::npos) return std::nullopt;
    const auto from = at + before.size(), to = xml.find('"', from);
    if (to == std::string::npos || to - from > 20) return std::nullopt;
    const auto version = xml.substr(from, to - from);
    unsigned major = 0;
    const auto [end, failed] = std::from_chars(version.data(), version.data() + version.size(), major);
    if (failed != std::errc() || *end != '.' || major < 3) return std::nullopt;
    return NewerXml{printable(version), xml.substr(0, from) + "2.0" + xml.substr(to)};
}

}  // namespace hlaunch
