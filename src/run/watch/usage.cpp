#include "run/watch/usage.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace hlaunch {
namespace {

constexpr std::string_view header =
    "seconds,cpu_percent,resident_bytes,processes,threads,local_share,runnable,remote_share";
constexpr std::size_t columns = 8;
constexpr std::size_t columns_before = 6;  // of files that older ones wrote

template <class T>
bool read(std::string_view text, T& value) {
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
    return failed == std::errc{} && end == text.data() + text.size();
}

template <class T>
bool read_optional(std::string_view text, std::optional<T>& value) {
    return text.empty() || read(text, value.emplace());
}

std::optional<UsageSample> parse_line(std::string_view line) {
    std::array<std::string_view, columns> fields;
    std::size_t count = 0;
    for (bool more = true; more; ++count) {
        if (count == columns) return std::nullopt;
        const auto comma = line.find(',');
        more = comma != std::string_view::npos;
        fields[count] = line.substr(0, comma);
        line.remove_prefix(more ? comma + 1 : line.size());
    }
    if (count < columns_before) return std::nullopt;
    UsageSample out;
    if (!read(fields[0], out.at_s) || !read(fields[1], out.cpu_percent) || !read(fields[2], out.resident_bytes) ||
        !read(fields[3], out.processes) || !read(fields[4], out.threads))
        return std::nullopt;
    if (!read_optional(fields[5], out.local_share) || !read_optional(fields[6], out.runnable) ||
        !read_optional(fields[7], out.remote_share))
        return std::nullopt;
    return out;
}

UsageSample joined(const UsageSample& a, unsigned a_count, const UsageSample& b, unsigned b_count) {
    return {.at_s = std::max(a.at_s, b.at_s),
            .cpu_percent = (a.cpu_percent * a_count + b.cpu_percent * b_count) / (a_count + b_count),
            .resident_bytes = std::max(a.resident_bytes, b.resident_bytes),
            .processes = std::max(a.processes, b.processes),
            .threads = std::max(a.threads, b.threads),
            .local_share = b.local_share ? b.local_share : a.local_share,
            .runnable = std::max(a.runnable, b.runnable),  // nothing is less than any number
            .remote_share = b.remote_share ? b.remote_share : a.remote_share};
}

std::string share_text(const std::optional<double>& share) {
    return share ? fmt::format("{:.4f}", *share) : "";
}

}  // namespace

void UsageHistory::add(const UsageSample& sample) {
    pending_ = gathered_ == 0 ? sample : joined(pending_, gathered_, sample, 1);
    if (++gathered_ < stride_) return;
    gathered_ = 0;
    samples_.push_back(pending_);
    if (samples_.size() >= most_samples_) thin();
}

void UsageHistory::thin() {
    std::vector<UsageSample> kept;
    kept.reserve(most_samples_);
    for (std::size_t i = 0; i + 1 < samples_.size(); i += 2) kept.push_back(joined(samples_[i], 1, samples_[i + 1], 1));
    if (samples_.size() % 2 == 1) kept.push_back(samples_.back());
    samples_ = std::move(kept);
    stride_ *= 2;
}

std::string usage_csv(const std::vector<UsageSample>& samples) {
    std::string out = std::string(header) + "\n";
    for (const auto& sample : samples)
        out += fmt::format("{:.1f},{:.1f},{},{},{},{},{},{}\n", sample.at_s, sample.cpu_percent, sample.resident_bytes,
                           sample.processes, sample.threads, share_text(sample.local_share),
                           sample.runnable ? std::to_string(*sample.runnable) : "", share_text(sample.remote_share));
    return out;
}

std::vector<UsageSample> parse_usage_csv(std::string_view text) {
    std::vector<UsageSample> out;
    while (!text.empty()) {
        const auto end = text.find('\n');
        if (const auto sample = parse_line(text.substr(0, end))) out.push_back(*sample);
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    }
    return out;
}

std::optional<double> mean_remote_share(const std::vector<UsageSample>& samples) {
    double bytes = 0.0, remote = 0.0;
    for (const auto& sample : samples) {
        if (!sample.remote_share) continue;
        const auto weight = static_cast<double>(sample.resident_bytes);
        bytes += weight;
        remote += weight * *sample.remote_share;
    }
    return bytes > 0.0 ? std::optional(remote / bytes) : std::nullopt;
}

}  // namespace hlaunch
