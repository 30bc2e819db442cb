// How the words of an option become members of JobOptions, and words again, by the member's type.
#pragma once

#include <fmt/format.h>

#include <functional>
#include <string>
#include <vector>

#include "base/text/quantity.h"
#include "homodyne/app/mode.h"
#include "job/request/options.h"

namespace hlaunch {

// What was said of an option: on the command line, by a variable or in a settings file.
struct OptionWords {
    std::vector<std::string> values;  // a flag's: "true" or "false"
    std::string source;               // "--app", "hlaunch.toml:3: app.command"
    bool list = false;                // a list of a settings file
};

// The way into JobOptions, and back; words that are the default's need not be said.
struct OptionField {
    std::function<void(JobOptions&, const OptionWords&)> read;
    std::function<std::vector<std::string>(const JobOptions&)> write;
};

namespace option_fields {

using Words = std::vector<std::string>;

struct Convert {
    static void read(std::string& to, const Words& words) { to = words.front(); }
    static Words write(const std::string& from) { return from.empty() ? Words{} : Words{from}; }

    static void read(Words& to, const Words& words) { to = words; }
    static Words write(const Words& from) { return from; }

    static void read(bool& to, const Words& words) { to = words.front() == "true"; }
    static Words write(bool from) { return {from ? "true" : "false"}; }

    static void read(double& to, const Words& words) { to = std::stod(words.front()); }
    static Words write(double from) { return {fmt::format("{}", from)}; }

    static void read(std::optional<unsigned>& to, const Words& words) {
        to = static_cast<unsigned>(std::stoul(words.front()));
    }
    static Words write(std::optional<unsigned> from) { return from ? Words{fmt::format("{}", *from)} : Words{}; }

    // A duration.
    static void read(std::optional<double>& to, const Words& words) { to = parse_duration(words.front()); }
    static Words write(std::optional<double> from) { return from ? Words{fmt::format("{}s", *from)} : Words{}; }

    // A size in bytes.
    static void read(std::uint64_t& to, const Words& words) { to = parse_bytes(words.front()); }
    static Words write(std::uint64_t from) { return {fmt::format("{}", from)}; }

    static void read(Retries& to, const Words& words) { to = Retries::parse(words.front()); }
    static Words write(const Retries& from) { return {from.text()}; }

    static void read(homodyne::Mode& to, const Words& words) { to = homodyne::parse_mode(words.front()); }
    static Words write(homodyne::Mode from) { return {std::string(to_string(from))}; }

    using Posterior = homodyne::PosteriorWish::Kind;
    static void read(Posterior& to, const Words& words) { to = homodyne::parse_posterior(words.front()); }
    static Words write(Posterior from) { return {std::string(to_string(from))}; }
};

// A member of JobOptions, or a member of that one: member<&JobOptions::placements, &PlacementRequest::instances>().
template <auto... path>
OptionField member() {
    return {[](JobOptions& options, const OptionWords& said) { Convert::read((options.*....*path), said.values); },
            [](const JobOptions& options) { return Convert::write((options.*....*path)); }};
}

// A bool that is said by one of two words.
template <auto... path>
OptionField either(const char* no, const char* yes) {
    return {[=](JobOptions& options, const OptionWords& said) { (options.*....*path) = said.values.front() == yes; },
            [=](const JobOptions& options) { return Words{(options.*....*path) ? yes : no}; }};
}

}  // namespace option_fields
}  // namespace hlaunch
