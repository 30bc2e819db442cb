#include "queue/part_durations.h"

#include <charconv>
#include <cmath>
#include <random>

#include "base/error.h"
#include "base/text/printable.h"
#include "base/text/quantity.h"

namespace hlaunch {
namespace {

constexpr std::string_view forms = "write 90s, uniform:1m,3m or lognormal:2m,0.5 (median, sigma)";

// The standard's distributions differ between libraries; these do not.
double unit(std::mt19937_64& random) {
    return (static_cast<double>(random() >> 11U) + 0.5) * 0x1p-53;
}

double normal(std::mt19937_64& random) {  // Box and Muller, Ann. Math. Stat. 29 (1958) 610
    const double radius = std::sqrt(-2.0 * std::log(unit(random)));
    return radius * std::cos(2.0 * M_PI * unit(random));
}

double number(std::string_view text, std::string_view whole) {
    double out = 0.0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
    if (error != std::errc{} || end != text.data() + text.size() || !std::isfinite(out) || out < 0.0 || out > 10.0)
        throw usage_error("'{}': sigma is '{}'; write a number from 0 to 10", printable(whole), printable(text));
    return out;
}

}  // namespace

DurationDistribution DurationDistribution::parse(std::string_view text) {
    DurationDistribution out;
    const auto colon = text.find(':');
    if (colon == std::string_view::npos) {
        out.first_ = parse_duration(text);
        return out;
    }
    const auto name = text.substr(0, colon), rest = text.substr(colon + 1);
    const auto comma = rest.find(',');
    if ((name != "uniform" && name != "lognormal") || comma == std::string_view::npos)
        throw usage_error("'{}' is no duration; {}", printable(text.substr(0, 80)), forms);
    out.first_ = parse_duration(rest.substr(0, comma));
    if (name == "lognormal") {
        out.kind_ = Kind::lognormal;
        out.second_ = number(rest.substr(comma + 1), text);
        return out;
    }
    out.kind_ = Kind::uniform;
    out.second_ = parse_duration(rest.substr(comma + 1));
    if (out.second_ < out.first_)
        throw usage_error("'{}': the second is less than the first", printable(text.substr(0, 80)));
    return out;
}

std::vector<double> DurationDistribution::draw(std::size_t count, std::uint64_t seed) const {
    std::mt19937_64 random(seed);
    std::vector<double> out(count, first_);
    if (kind_ == Kind::constant) return out;
    for (auto& seconds : out)
        seconds = kind_ == Kind::uniform ? first_ + (second_ - first_) * unit(random)
                                         : first_ * std::exp(second_ * normal(random));
    return out;
}

std::vector<SimulatedPart> parts_of(const std::vector<double>& seconds) {
    std::vector<SimulatedPart> out;
    out.reserve(seconds.size());
    for (const double each : seconds) out.push_back({{"part", each, 0}, each});
    return out;
}

std::vector<SimulatedPart> resample(const std::vector<MeasuredDuration>& measured, std::size_t count,
                                    std::uint64_t seed) {
    std::vector<SimulatedPart> out;
    const auto add = [&](const MeasuredDuration& one) { out.push_back({{one.kind, one.seconds, 0}, one.seconds}); };
    if (count == 0)
        for (const auto& one : measured) add(one);
    std::mt19937_64 random(seed);
    for (; !measured.empty() && out.size() < count;) add(measured[random() % measured.size()]);
    return out;
}

void blur_costs(std::vector<SimulatedPart>& parts, double sigma, std::uint64_t seed) {
    if (sigma <= 0.0) return;
    std::mt19937_64 random(seed ^ 0x9e3779b97f4a7c15ULL);
    for (auto& part : parts) part.part.cost = part.seconds * std::exp(sigma * normal(random));
}

}  // namespace hlaunch
