#include "os/topology_source.h"

#include <cctype>
#include <cerrno>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string_view>

#include "base/error.h"

namespace hlaunch {
namespace {

constexpr std::size_t max_xml_bytes = std::size_t{64} << 20U;
constexpr std::uint64_t max_pus = 16384;  // twice what Linux is built for

std::string printable(std::string_view text) {
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
    source.name = printable(text);
    if (text.find_first_not_of(" \t\n") == std::string::npos)
        throw usage_error("--topology is empty; name an XML file of lstopo's or a synthetic topology");
    std::error_code ignored;
    if (text.ends_with(".xml") || std::filesystem::exists(text, ignored)) {
        source.xml = read_file(text, source.name);
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
