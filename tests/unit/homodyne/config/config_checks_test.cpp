#include "homodyne/config/config_checks.h"

#include <algorithm>

#include "catch.h"
#include "homodyne/config/yaml_edit.h"

using namespace hlaunch;
using namespace hlaunch::homodyne;

namespace {

Facts good_facts() {
    Facts out;
    out.phi_degrees = {0, 30, 60, 90};
    out.num_shards = 8;
    out.chains = 4;
    out.draws = 1000;
    return out;
}

Finding line(const std::string& yaml, const std::string& name, const Facts& facts = good_facts()) {
    const auto all = check_config_settings(yaml, {.facts = &facts, .placements = 4, .cores = 8});
    const auto found = std::ranges::find(all, name, &Finding::name);
    REQUIRE(found != all.end());
    CHECK(found->remedy.empty() == (found->level == Level::ok));
    return *found;
}

struct Plant {
    const char *yaml, *name;
    Level level;
    bool fixable;
};

}  // namespace

TEST_CASE("an empty config has nothing but OK: homodyne's defaults are sound") {
    const auto facts = good_facts();
    for (const auto& finding : check_config_settings("a: 1\n", {.facts = &facts, .placements = 4, .cores = 8})) {
        INFO(finding.name << ": " << finding.value);
        CHECK(finding.level == Level::ok);
    }
}

TEST_CASE("a stratification that spoils the fit is found, and a fix writes what works") {
    for (const bool right : {false, true}) {
        auto facts = good_facts();
        facts.stratification_set = right;
        const std::string yaml = "optimization:\n  stratification:\n    enabled: auto\n";
        const auto found = line(yaml, "stratification", facts);
        CHECK(found.level == Level::warn);
        REQUIRE(found.fix);
        CHECK(edit_yaml(yaml, *found.fix) ==
              std::string("optimization:\n  stratification:\n    enabled: ") + (right ? "true" : "false") + "\n");
    }
}

TEST_CASE("each planted fault is found, and a fix ends it") {
    for (const auto& plant : {
             Plant{"optimization:\n  nlsq:\n    memory_fraction: 0.99\n", "memory-fraction", Level::warn, true},
             Plant{"optimization:\n  nlsq:\n    memory_fraction: 0.5\n", "memory-fraction", Level::warn, true},
             Plant{"optimization:\n  nlsq:\n    memory_fraction: much\n", "memory-fraction", Level::fail, true},
             Plant{"optimization:\n  nlsq:\n    memory_fraction: .nan\n", "memory-fraction", Level::fail, true},
             Plant{"optimization:\n  cmc:\n    per_angle_mode: individual\n", "cmc-angles", Level::warn, true},
             Plant{"optimization:\n  cmc:\n    per_angle_mode: fourier\n", "cmc-angles", Level::fail, true},
             Plant{"optimization:\n  nlsq:\n    anti_degeneracy:\n      per_angle_mode: each\n", "nlsq-angles",
                   Level::fail, true},
             Plant{"optimization:\n  cmc:\n    per_angle_mode: constant\n", "angles-agree", Level::warn, true},
             Plant{"optimization:\n  cmc:\n    constant_scaling_threshold: 5\n", "threshold-agrees", Level::warn, true},
             Plant{"optimization:\n  cmc:\n    per_shard_mcmc:\n      chain_method: sequential\n", "chain-method",
                   Level::warn, true},
             Plant{"optimization:\n  cmc:\n    per_shard_mcmc:\n      chain_method: vectorized\n", "chain-method",
                   Level::fail, true},
             Plant{"optimization:\n  mcmc:\n    num_warmup: 300\n  cmc:\n    per_shard_mcmc:\n      num_warmup: 200\n",
                   "sampling-num_warmup", Level::warn, true},
             Plant{"optimization:\n  cmc:\n    per_shard_mcmc:\n      num_samples: 1500\n", "sampling-num_samples",
                   Level::warn, true},
             Plant{"optimization:\n  cmc:\n    backend_config:\n      name: pjit\n", "backend", Level::fail, true},
             Plant{"optimization:\n  cmc:\n    backend_config: {name: jax}\n", "backend", Level::warn, true},
             Plant{"optimization:\n  cmc:\n    prior_tempering: false\n", "prior-tempering", Level::warn, true},
             Plant{"optimization:\n  cmc:\n    per_shard_mcmc:\n      enable_jax_profiling: yes\n", "jax-profiling",
                   Level::warn, true},
             Plant{"optimization:\n  cmc:\n    num_workers: 9\n", "workers", Level::warn, false},
             Plant{"analyzer_parameters:\n  start_frame: 10\n", "start-frame", Level::warn, false},
             Plant{"parameter_space:\n  bounds:\n    - {name: D0, min: 5, max: 5}\n", "bounds", Level::fail, false},
             Plant{"parameter_space:\n  bounds:\n    - {name: D0, min: 5, max: 9, prior_mu: 1}\n", "bounds",
                   Level::fail, false},
         }) {
        INFO(plant.yaml);
        const auto found = line(plant.yaml, plant.name);
        CHECK(found.level == plant.level);
        CHECK(found.fix.has_value() == plant.fixable);
        if (!found.fix) continue;
        const auto mended = edit_yaml(plant.yaml, *found.fix);
        REQUIRE(mended);
        const auto facts = good_facts();
        for (const auto& after : check_config_settings(*mended, {.facts = &facts, .placements = 4, .cores = 8}))
            CHECK((after.name != plant.name || after.level == Level::ok));
    }
}

TEST_CASE("what the survey counted: chains, draws and shards against the placements") {
    auto facts = good_facts();
    facts.chains = 1;
    CHECK(line("a: 1\n", "draws", facts).level == Level::fail);
    facts.chains = 2;
    facts.draws = 49;
    CHECK(line("a: 1\n", "draws", facts).level == Level::fail);
    facts.draws = 199;
    CHECK(line("a: 1\n", "draws", facts).level == Level::warn);
    facts.draws = 200;
    CHECK(line("a: 1\n", "draws", facts).level == Level::ok);
    facts.num_shards = 3;
    CHECK(line("a: 1\n", "shards", facts).level == Level::warn);
    // Two angles: individual is what auto would take.
    facts.phi_degrees = {0, 90};
    CHECK(line("optimization:\n  cmc:\n    per_angle_mode: individual\n", "cmc-angles", facts).level == Level::ok);
    // Without a survey, and without CMC, those lines are left out.
    CHECK(check_config_settings("a: 1\n", {.cmc = false}).size() == 5);
}

TEST_CASE("what the survey tells of the YAML is a line each; what has a line of its own is not repeated") {
    auto facts = good_facts();
    facts.config_notes = {{"key", "beamline", 7, "is read nowhere", "take it out"},
                          {"overruled", "optimization.cmc.per_shard_mcmc.num_samples", 9, "says 1", "set the other"},
                          {"checked", "optimization.nlsq.memory_fraction", 9, "says 1", "nothing"}};
    const auto all = check_config_settings("a: 1\n", {.facts = &facts, .placements = 4, .cores = 8});
    CHECK(std::ranges::count(all, "settings", &Finding::name) == 1);
    const auto found = line("a: 1\n", "settings", facts);
    CHECK(found.level == Level::warn);
    CHECK(found.value == "line 7: beamline: is read nowhere");
    CHECK(found.remedy == "take it out");
    CHECK(line("a: 1\n", "settings").level == Level::ok);
}

TEST_CASE("draws are counted as homodyne draws them: fewer in a small shard") {
    auto facts = good_facts();
    facts.drawn = 90;
    const auto found = line("a: 1\n", "draws", facts);
    CHECK(found.level == Level::warn);
    CHECK(found.value == "4 chains x 90 draws a shard (1000 asked for; the shards are small)");
    CHECK(found.remedy.find("adaptive_sampling: false") != std::string::npos);
}
