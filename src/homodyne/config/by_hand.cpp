#include "homodyne/config/by_hand.h"

#include <algorithm>
#include <charconv>
#include <ctime>

#include "homodyne/config/yaml_text.h"

namespace hlaunch::homodyne {
namespace {

// "2026-11-24 21:26:38 | INFO ..."; each line is there a second time without it.
std::optional<double> time_of(const std::string& line) {
    std::tm time{};
    time.tm_isdst = -1;
    const char* const rest = strptime(line.c_str(), "%Y-%m-%d %H:%M:%S", &time);
    if (rest == nullptr || !std::string_view(rest).starts_with(" | ")) return std::nullopt;
    return static_cast<double>(std::mktime(&time));
}

// The whole numbers that follow `words` in a line, "diverging total=0 shape=(2, 20)": 0, 2, 20.
std::vector<unsigned> numbers_after(std::string_view line, std::string_view words) {
    std::vector<unsigned> out;
    const auto at = line.find(words);
    if (at == std::string_view::npos) return out;
    line.remove_prefix(at + words.size());
    for (std::size_t i = 0; i < line.size();) {
        unsigned value = 0;
        const auto [end, failed] = std::from_chars(line.data() + i, line.data() + line.size(), value);
        if (failed == std::errc{}) out.push_back(value);
        i = failed == std::errc{} ? static_cast<std::size_t>(end - line.data()) : i + 1;
    }
    return out;
}

void take_line(const std::string& line, SamplingLog& log) {
    const auto time = time_of(line);
    if (!time) return;
    if (line.find("Starting CMC analysis: ") != std::string::npos && !log.begin_s) log.begin_s = time;
    if (line.find("Sampling complete in ") != std::string::npos) log.end_s = std::max(*time, log.end_s.value_or(*time));
    if (const auto numbers = numbers_after(line, "diverging total="); numbers.size() == 3) {
        log.divergent += numbers[0];
        log.draws += static_cast<unsigned long>(numbers[1]) * numbers[2];
    }
    if (const auto numbers = numbers_after(line, "] Combined "); numbers.size() >= 2)
        log.combined = {numbers[0], numbers[1]};
}

}  // namespace

std::vector<std::string> hand_command(const HandRun& run) {
    auto out = run.app;
    for (const char* word :
         {"--config", run.config.c_str(), "--method", "cmc", "--nlsq-result", run.nlsq_result.c_str()})
        out.emplace_back(word);
    if (run.chains) out.insert(out.end(), {"--n-chains", std::to_string(*run.chains)});
    if (run.draws) out.insert(out.end(), {"--n-samples", std::to_string(*run.draws)});
    out.insert(out.end(), {"--output-dir", run.output});
    return out;
}

std::vector<std::string> with_numactl(unsigned node, const std::vector<std::string>& command) {
    const auto number = std::to_string(node);
    std::vector<std::string> out{"numactl", "--cpunodebind=" + number, "--membind=" + number};
    out.insert(out.end(), command.begin(), command.end());
    return out;
}

unsigned yaml_chains(const std::string& yaml) {
    constexpr unsigned usual = 4;
    try {
        const auto chains = load_yaml(yaml)["optimization"]["mcmc"]["num_chains"];
        return std::max(1U, chains.as<unsigned>(usual));
    } catch (const YAML::Exception&) {
        return usual;
    }
}

SamplingLog read_sampling_log(std::string_view text) {
    SamplingLog log;
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        take_line(std::string(text.substr(0, end)), log);
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return log;
}

}  // namespace hlaunch::homodyne
