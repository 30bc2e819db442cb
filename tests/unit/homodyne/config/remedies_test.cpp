#include "homodyne/config/remedies.h"

#include "catch.h"

using namespace hlaunch;
using namespace hlaunch::homodyne;

TEST_CASE("a remedy names the key that decides in this config, and what it is now") {
    Facts facts;
    facts.warmup = 200;
    facts.draws = facts.drawn = 300;
    facts.decides = {
        {"num_samples", "a.num_samples"}, {"num_warmup", "b.num_warmup"}, {"target_accept_prob", "c.accept"}};
    const auto found = remedies(facts);
    CHECK(found.at("ess") == "raise a.num_samples (now 300) and b.num_warmup (now 200) and run again");
    CHECK(found.at("r-hat") == found.at("ess"));
    CHECK(found.at("divergences") == "raise c.accept (0.95) and run again");
}

TEST_CASE("more draws are of no use where homodyne cuts them down for a small shard: what cuts is named") {
    Facts facts;
    facts.draws = 1000;
    facts.drawn = 350;
    facts.decides = {{"num_samples", "a.num_samples"}};
    const auto remedy = remedies(facts).at("ess");
    CHECK(remedy.starts_with("set optimization.cmc.per_shard_mcmc.adaptive_sampling: false"));
    CHECK(remedy.find("350 of the 1000 draws of a.num_samples") != std::string::npos);
}

TEST_CASE("where nothing is known the command line's order of homodyne 2.23 is named") {
    CHECK(more_draws({}) == "raise optimization.mcmc.num_samples (now 0)");
}

TEST_CASE("a check that was not passed ends with the run's own remedy, others stay") {
    std::vector<Check> checks{judge(GateKind::shards, "ess", 10, "D0"), judge(GateKind::shards, "r-hat", 1.0, ""),
                              judge(GateKind::shards, "divergences", .5, "")};
    const auto passed = checks[1].text, other = checks[2].text;
    give_remedies(GateKind::shards, {{"ess", "raise it"}, {"r-hat", "raise it"}}, checks);
    CHECK(checks[0].text.ends_with("(D0); raise it"));
    CHECK(checks[1].text == passed);
    CHECK(checks[2].text == other);
}
