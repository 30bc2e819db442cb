#include "tune/candidates.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/error.h"

namespace hlaunch {
namespace {

constexpr unsigned most_workers = 4096;
constexpr std::size_t most_candidates = 32;

unsigned fewest_cores(const std::vector<Placement>& placements) {
    unsigned cores = placements.front().cores;
    for (const auto& placement : placements) cores = std::min(cores, placement.cores);
    return cores;
}

// The workers that the launcher gives an instance of so many cores unless told otherwise.
unsigned usual_workers(unsigned cores) {
    return cores < 4 ? 1 : cores / 2 - 1;
}

Candidate make_candidate(const Machine& machine, PlacementRequest request, const std::string& per,
                         std::optional<unsigned> workers) {
    Candidate out;
    out.per = per;
    out.name = per.empty() ? "now" : workers ? fmt::format("{}/{}", per, *workers) : per;
    out.workers = workers;
    if (!per.empty()) {
        parse_per(per, request);
        request.instances.reset();
    }
    out.placements = choose_placements(machine, request).list;
    out.request = std::move(request);
    return out;
}

bool same_layout(const Candidate& a, const Candidate& b, std::optional<unsigned> workers_fixed) {
    const auto workers = [&](const Candidate& candidate, const Placement& placement) {
        return candidate.workers.value_or(workers_fixed.value_or(usual_workers(placement.cores)));
    };
    return std::equal(a.placements.begin(), a.placements.end(), b.placements.begin(), b.placements.end(),
                      [&](const Placement& x, const Placement& y) {
                          return x.cpus == y.cpus && x.mems == y.mems && workers(a, x) == workers(b, y);
                      });
}

void add_new(std::vector<Candidate>& to, Candidate candidate, std::optional<unsigned> workers_fixed) {
    for (const auto& known : to)
        if (same_layout(known, candidate, workers_fixed)) return;
    to.push_back(std::move(candidate));
}

}  // namespace

std::vector<Candidate> usual_candidates(const Machine& machine, const PlacementRequest& now,
                                        std::optional<unsigned> workers_fixed) {
    std::vector<Candidate> out{make_candidate(machine, now, "", {})};
    std::vector<std::string> cuts{"machine", "package", "numa", "l3"};
    if (const auto half = fewest_cores(make_candidate(machine, now, "numa", {}).placements) / 2; half >= 2)
        cuts.push_back(fmt::format("cores:{}", half));
    for (const auto& per : cuts) {
        Candidate candidate;
        try {
            candidate = make_candidate(machine, now, per, {});
        } catch (const Error&) {
            continue;  // this machine has no such cut
        }
        const auto cores = fewest_cores(candidate.placements);
        add_new(out, std::move(candidate), workers_fixed);
        if (!workers_fixed && cores >= 3) add_new(out, make_candidate(machine, now, per, cores - 1), workers_fixed);
    }
    return out;
}

std::vector<Candidate> named_candidates(std::string_view list, const Machine& machine, const PlacementRequest& now,
                                        std::optional<unsigned> workers_fixed) {
    std::vector<Candidate> out{make_candidate(machine, now, "", {})};
    for (std::size_t at = 0; at <= list.size();) {
        const auto end = std::min(list.find(',', at), list.size());
        const auto word = list.substr(at, end - at);
        at = end + 1;
        const auto slash = std::min(word.find('/'), word.size());
        const std::string per(word.substr(0, slash).substr(0, 40));
        std::optional<unsigned> workers;
        if (slash < word.size()) {
            const auto number = word.substr(slash + 1);
            unsigned value = 0;
            const auto [stop, failed] = std::from_chars(number.data(), number.data() + number.size(), value);
            if (failed != std::errc{} || stop != number.data() + number.size() || value < 1 || value > most_workers)
                throw usage_error("--candidates: '{}' has no number of workers from 1 to {} after the /",
                                  word.substr(0, 60), most_workers);
            workers = value;
        }
        if (per.empty())
            throw usage_error(
                "--candidates holds an empty word; write cuts with commas, such as machine,numa,cores:4/3");
        add_new(out, make_candidate(machine, now, per, workers), workers_fixed);
        if (out.size() > most_candidates)
            throw usage_error("--candidates names more than {} layouts; name fewer", most_candidates);
    }
    return out;
}

}  // namespace hlaunch
