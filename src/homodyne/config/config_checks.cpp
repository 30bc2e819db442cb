#include "homodyne/config/config_checks.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "homodyne/app/nlsq_memory.h"
#include "homodyne/config/remedies.h"
#include "homodyne/config/yaml_text.h"

namespace hlaunch::homodyne {
namespace {

using Path = std::vector<std::string>;

class Config {
  public:
    explicit Config(const std::string& text) : root_(load_yaml(text)) {}

    // Absent where a key is missing, null, or not of this kind.
    template <class T>
    [[nodiscard]] std::optional<T> get(const Path& path) const {
        const auto node = at(path);
        if (!node.IsDefined() || !node.IsScalar() || node.IsNull()) return std::nullopt;
        try {
            return node.as<T>();
        } catch (const YAML::Exception&) {
            return std::nullopt;
        }
    }
    [[nodiscard]] std::string text(const Path& path, const std::string& otherwise) const {
        return get<std::string>(path).value_or(otherwise);
    }
    [[nodiscard]] YAML::Node at(const Path& path) const {
        YAML::Node node = root_;
        for (const auto& key : path) {
            if (!node.IsMap() || !node[key].IsDefined()) return YAML::Node(YAML::NodeType::Undefined);
            node.reset(node[key]);
        }
        return node;
    }

  private:
    YAML::Node root_;
};

Finding fixed_by(Finding finding, Path path, std::string value) {
    finding.fix = ConfigEdit{std::move(path), std::move(value)};
    return finding;
}

const Path nlsq_angles{"optimization", "nlsq", "anti_degeneracy", "per_angle_mode"};
const Path cmc_angles{"optimization", "cmc", "per_angle_mode"};

Path in_cmc(const std::string& section, const std::string& key) {
    return {"optimization", "cmc", section, key};
}

// homodyne clamps it to 0.1-0.9 (optimization/nlsq/memory.py) and 2.23.3 then chooses by 0.75 all the same.
Finding memory_fraction(const Config& config) {
    const Path path{"optimization", "nlsq", "memory_fraction"};
    const auto* name = "memory-fraction";
    if (!config.at(path).IsDefined() || config.at(path).IsNull()) return ok(name, "0.75 (homodyne's default)");
    const auto value = config.get<double>(path);
    if (!value || !std::isfinite(*value))
        return fixed_by(fail(name, config.text(path, "no number"), "write a number from 0.1 to 0.9"), path, "0.75");
    const auto text = fmt::format("{}", *value);
    if (*value < 0.1 || *value > 0.9)
        return fixed_by(
            warn(name, text,
                 "homodyne clamps it to 0.1-0.9; an instance sees its own placement's memory, so 0.75 fits"),
            path, "0.75");
    if (*value != default_memory_fraction)
        return fixed_by(
            warn(name, text,
                 "homodyne ignores it and chooses its strategy by 0.75; cut placements to give an instance less"),
            path, "0.75");
    return ok(name, text);
}

Finding angles(const Config& config, const ConfigContext& context, const char* name, const Path& path,
               const char* of_this_stage) {
    const std::array<std::string_view, 4> known{"auto", "constant", "individual", of_this_stage};
    const auto mode = config.text(path, "auto");
    const auto count = context.facts != nullptr ? context.facts->phi_degrees.size() : 0;
    const auto value = count > 0 ? fmt::format("{}, {} angles", mode, count) : mode;
    if (std::ranges::find(known, mode) == known.end())
        return fixed_by(fail(name, value, "homodyne refuses it: write auto, constant or individual"), path, "auto");
    if (mode == "individual" && count >= 3)
        return fixed_by(
            warn(name, value,
                 fmt::format("{} scaling parameters that hide the physical ones; auto takes two from three angles on",
                             2 * count)),
            path, "auto");
    return ok(name, mode == "auto" && count > 0
                        ? fmt::format("{}: {}", value, count >= 3 ? "one contrast and offset for all" : "individual")
                        : value);
}

std::vector<Finding> disagreements(const Config& config) {
    std::vector<Finding> out;
    const auto nlsq = config.text(nlsq_angles, "auto"), cmc = config.text(cmc_angles, "auto");
    if (nlsq != cmc)
        out.push_back(fixed_by(warn("angles-agree", fmt::format("nlsq {}, cmc {}", nlsq, cmc),
                                    "CMC follows the NLSQ result it starts from, not its own setting: make them one"),
                               cmc_angles, nlsq));
    else
        out.push_back(ok("angles-agree", nlsq));
    const Path of_nlsq{"optimization", "nlsq", "anti_degeneracy", "constant_scaling_threshold"},
        of_cmc{"optimization", "cmc", "constant_scaling_threshold"};
    const auto first = config.text(of_nlsq, "3"), second = config.text(of_cmc, "3");
    if (first != second)
        out.push_back(fixed_by(warn("threshold-agrees", fmt::format("nlsq {}, cmc {}", first, second),
                                    "NLSQ and CMC would scale the angles differently: make them one"),
                               of_cmc, first));
    // homodyne's command line puts optimization.mcmc, or its own default, over what stands here
    // (cli/config_handling.py).
    constexpr std::array<std::array<const char*, 2>, 3> numbers{
        {{"num_warmup", "500"}, {"num_samples", "1000"}, {"num_chains", "4"}}};
    for (const auto& [key, otherwise] : numbers) {
        const auto in_force = config.text({"optimization", "mcmc", key}, otherwise);
        const auto said = config.get<std::string>(in_cmc("per_shard_mcmc", key));
        if (!said || *said == in_force) continue;
        out.push_back(fixed_by(
            warn(fmt::format("sampling-{}", key),
                 fmt::format("per_shard_mcmc says {}, but {} is drawn", *said, in_force),
                 fmt::format("optimization.mcmc.{} (or homodyne's default) wins silently: set that one, and this alike",
                             key)),
            in_cmc("per_shard_mcmc", key), in_force));
    }
    return out;
}

Finding chain_method(const Config& config) {
    const auto path = in_cmc("per_shard_mcmc", "chain_method");
    const auto method = config.text(path, "parallel");
    if (method == "parallel") return ok("chain-method", method);
    auto found = method == "sequential"
                     ? warn("chain-method", method, "a worker's chains run one after the other: write parallel")
                     : fail("chain-method", method, "homodyne refuses it: write parallel");
    return fixed_by(std::move(found), path, "parallel");
}

Finding backend(const Config& config) {
    const auto path = in_cmc("backend_config", "name");
    const auto name = config.text(path, "auto");
    if (name == "pbs" || name == "pjit")
        return fixed_by(fail("backend", name, "hlaunch places the workers itself: write multiprocessing"), path,
                        "multiprocessing");
    if (name == "jax")
        return fixed_by(warn("backend", name, "deprecated; homodyne takes multiprocessing for it"), path,
                        "multiprocessing");
    return ok("backend", name);
}

Finding switch_of(const Config& config, const char* name, const Path& path, bool otherwise, bool wanted,
                  const char* remedy) {
    const auto value = config.get<bool>(path).value_or(otherwise);
    const auto* text = value ? "true" : "false";
    if (value == wanted) return ok(name, text);
    return fixed_by(warn(name, text, remedy), path, wanted ? "true" : "false");
}

Finding draws(const Facts& facts) {
    const auto drawn = facts.drawn > 0 ? facts.drawn : facts.draws;
    const auto value =
        fmt::format("{} chains x {} draws a shard{}", facts.chains, drawn,
                    drawn < facts.draws ? fmt::format(" ({} asked for; the shards are small)", facts.draws) : "");
    if (facts.chains < 2)
        return fail("draws", value, "R-hat needs two chains or more: set optimization.mcmc.num_chains");
    if (facts.chains * static_cast<double>(drawn) < facts.min_ess)
        return fail("draws", value, fmt::format("the gate wants an ESS of {:g}: {}", facts.min_ess, more_draws(facts)));
    if (facts.chains * static_cast<double>(drawn) < 4 * facts.min_ess)
        return warn("draws", value,
                    fmt::format("an ESS of {:g} needs good luck: {}", facts.min_ess, more_draws(facts)));
    return ok("draws", value);
}

Finding shards(const Facts& facts, const ConfigContext& context) {
    const auto value = fmt::format("{} shards for {} placements", facts.num_shards, context.placements);
    if (facts.num_shards < context.placements)
        return warn("shards", value,
                    facts.num_shards_by_user
                        ? "some placements stay idle: raise optimization.cmc.sharding.num_shards, or write auto"
                        : "too few points to fill all placements; some stay idle");
    return ok("shards", value);
}

Finding workers(const Config& config, const ConfigContext& context) {
    const auto number = config.get<unsigned>({"optimization", "cmc", "num_workers"});
    if (!number) return ok("workers", "by the cores of the placement");
    const auto value = fmt::format("{} on {} cores", *number, context.cores);
    if (*number > context.cores)
        return warn("workers", value, "more workers than cores of a placement: leave num_workers out");
    return ok("workers", value);
}

Finding start_frame(const Config& config) {
    const auto first = config.get<long>({"analyzer_parameters", "start_frame"}).value_or(1);
    if (first <= 1) return ok("start-frame", std::to_string(first));
    return warn("start-frame", std::to_string(first),
                "homodyne counts time from this frame as 0: alpha and D_offset are not those of the whole scan");
}

Finding stratification(const Config& config, const Facts* facts) {
    const Path path{"optimization", "stratification", "enabled"};
    const auto* name = "stratification";
    const auto value = config.text(path, "auto");
    if (facts == nullptr || !facts->stratification_set) return ok(name, value);
    const auto* right = *facts->stratification_set ? "true" : "false";
    return fixed_by(
        warn(name, fmt::format("{}, {} points", value, facts->data_points),
             fmt::format(
                 "homodyne {} would return its start values as a converged fit; hlaunch sets it to {} in its runs: "
                 "write {}",
                 facts->version, right, right)),
        path, right);
}

// Bounds that hold nothing, and priors outside of them.
Finding bounds(const Config& config) {
    std::string wrong;
    unsigned count = 0;
    const auto list = config.at({"parameter_space", "bounds"});
    if (list.IsDefined() && list.IsSequence())
        for (const auto& entry : list) {
            if (!entry.IsMap() || !entry["name"] || !entry["min"] || !entry["max"]) continue;
            ++count;
            try {
                const auto name = entry["name"].as<std::string>();
                const auto low = entry["min"].as<double>(), high = entry["max"].as<double>();
                if (!(low < high)) wrong += fmt::format("{} {}..{} holds nothing; ", name, low, high);
                if (!entry["prior_mu"] || entry["prior_mu"].IsNull()) continue;
                const auto mu = entry["prior_mu"].as<double>();
                if (mu < low || mu > high)
                    wrong += fmt::format("{}: prior_mu {} outside {}..{}; ", name, mu, low, high);
            } catch (const YAML::Exception& error) {
                wrong += fmt::format("line {}: no number; ", error.mark.line + 1);
            }
        }
    if (wrong.empty()) return ok("bounds", fmt::format("{} parameters", count));
    return fail("bounds", wrong.substr(0, wrong.size() - 2), "correct parameter_space.bounds");
}

// What the survey tells of keys without effect.
void notes(const Facts& facts, std::vector<Finding>& out) {
    const auto before = out.size();
    for (const auto& note : facts.config_notes) {
        if (note.kind == "overruled" || note.kind == "checked") continue;
        out.push_back(warn("settings", note.what(), note.remedy));
    }
    if (out.size() == before) out.push_back(ok("settings", "homodyne reads them all"));
}

}  // namespace

std::vector<Finding> check_config_settings(const std::string& yaml, const ConfigContext& context) {
    const Config config(yaml);
    std::vector<Finding> out{memory_fraction(config), angles(config, context, "nlsq-angles", nlsq_angles, "fourier"),
                             bounds(config), start_frame(config), stratification(config, context.facts)};
    if (context.facts != nullptr) notes(*context.facts, out);
    if (!context.cmc) return out;
    out.push_back(angles(config, context, "cmc-angles", cmc_angles, "constant_averaged"));
    std::ranges::move(disagreements(config), std::back_inserter(out));
    out.push_back(chain_method(config));
    out.push_back(backend(config));
    out.push_back(switch_of(config, "prior-tempering", {"optimization", "cmc", "prior_tempering"}, true, true,
                            "N shards count the prior N times; the merge divides it out, homodyne alone does not"));
    out.push_back(
        switch_of(config, "jax-profiling", in_cmc("per_shard_mcmc", "enable_jax_profiling"), false, false,
                  "every worker traces into one folder; use hlaunch run --profile for a run that is to be traced"));
    out.push_back(workers(config, context));
    if (context.facts != nullptr && context.facts->num_shards > 0) {
        out.push_back(draws(*context.facts));
        out.push_back(shards(*context.facts, context));
    }
    return out;
}

}  // namespace hlaunch::homodyne
