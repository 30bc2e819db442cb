#include "script/site.h"

#include <fstream>
#include <set>

#include "base/error.h"
#include "catch.h"

using namespace hlaunch;

namespace {

SiteSettings of(const std::string& key, std::vector<std::string> values) {
    return site_settings({{key, {std::move(values), "site.toml:3:1"}}});
}

std::string set_refusal(const std::string& key, std::vector<std::string> values) {
    try {
        static_cast<void>(of(key, std::move(values)));
    } catch (const Error& error) {
        CHECK(error.code() == ExitCode::usage);
        return error.what();
    }
    return "no error";
}

}  // namespace

TEST_CASE("times as people and schedulers write them") {
    CHECK(parse_walltime("90m") == 5400U);
    CHECK(parse_walltime("2h") == 7200U);
    CHECK(parse_walltime("90") == 5400U);
    CHECK(parse_walltime("1d") == 86400U);
    CHECK(parse_walltime("30s") == 30U);
    CHECK(parse_walltime("12:00:00") == 43200U);
    CHECK(parse_walltime("1-12:00:00") == 129600U);
    CHECK(parse_walltime("1-12") == 129600U);
    CHECK(parse_walltime("200:00:00") == 720000U);
    for (const char* text : {"", "x", "12:00", "1:2:3:4", "1-", "-1", "0", "1:60:00", "9999999999h", "1h ", "400d"}) {
        INFO(text);
        CHECK_FALSE(parse_walltime(text));
    }
    CHECK(slurm_time(129661) == "1-12:01:01");
    CHECK(pbs_time(129661) == "36:01:01");
}

TEST_CASE("settings of a site come with their places; misspelt keys with the nearest") {
    const auto site = site_settings({{"partition", {{"long"}, "a:1:1"}},
                                     {"memory", {{"mem-per-cpu"}, "a:2:1"}},
                                     {"exclusive", {{"true"}, "a:3:1"}},
                                     {"modules", {{"python/3.12", "gcc"}, "a:4:1"}},
                                     {"directives", {{"--reservation=beam", "-W group_list=x"}, "a:5:1"}},
                                     {"environment.OMP_X", {{"a b"}, "a:7:1"}},
                                     {"prologue", {{"ulimit -c 0", "umask 27"}, "a:8:1"}}});
    CHECK(site.partition == "long");
    CHECK(site.memory == MemoryStyle::mem_per_cpu);
    CHECK(site.exclusive);
    CHECK(site.modules.size() == 2);
    CHECK(site.directives == std::vector<std::vector<std::string>>{{"--reservation=beam"}, {"-W", "group_list=x"}});
    CHECK(site.environment.at("OMP_X") == "a b");
    CHECK(site.prologue == "ulimit -c 0\numask 27");
    CHECK(site.sources.at("partition") == "a:1:1");
    CHECK(set_refusal("partitoin", {"x"}) == "site.toml:3:1: site.partitoin: is unknown; did you mean 'partition'?");
    CHECK_THAT(set_refusal("zzzzzz", {"x"}), contains_text("known are account, partition"));
    CHECK_THAT(set_refusal("memory", {"lots"}), contains_text("'lots' is none of mem, mem-per-cpu, none"));
    CHECK_THAT(set_refusal("walltime", {"12:00"}), contains_text("no walltime"));
    CHECK_THAT(set_refusal("exclusive", {"yes"}), contains_text("neither true nor false"));
    CHECK_THAT(set_refusal("lead_s", {"-1"}), contains_text("no number of seconds"));
    CHECK_THAT(set_refusal("partition", {"a", "b"}), contains_text("one value is expected"));
    CHECK_THAT(set_refusal("environment.A-B", {"x"}), contains_text("no name of a variable"));
    CHECK_THAT(set_refusal("directives", {"reservation"}), contains_text("does not begin with a dash"));
}

TEST_CASE("settings of a site in a file have a type") {
    const auto refusal = [](const std::string& key, const SiteValue& value) {
        try {
            static_cast<void>(site_settings({{key, value}}));
        } catch (const Error& error) {
            return std::string(error.what());
        }
        return std::string("no error");
    };
    using Type = ValueType;
    CHECK(
        refusal("environment", {{"A=b"}, "t:2:1", {Type::text}}) ==
        "t:2:1: site.environment: a table of variables is wanted: environment.NAME = \"value\" below [site], or --set "
        "environment.NAME=value");
    CHECK_THAT(set_refusal("environment", {"A=b"}), contains_text("a table of variables is wanted"));
    CHECK(refusal("exclusive", {{"yes"}, "t:2:1", {Type::text}}) ==
          "t:2:1: site.exclusive: true or false, without quotes, is wanted, not the text 'yes'");
    for (const auto& key : site_keys()) {
        if (key.name == "environment") continue;
        INFO(key.name);
        const bool flag = key.name == "exclusive" || key.name == "requeue";
        CHECK_THAT(refusal(key.name, {{flag ? "1" : "true"}, "t:2:1", {flag ? Type::whole : Type::flag}}),
                   contains_text("is wanted"));
        const bool many = key.name == "modules" || key.name == "prologue" || key.name == "directives" ||
                          key.name == "launcher_arguments";
        if (!many)
            CHECK_THAT(refusal(key.name, {{"1", "1"}, "t:2:1", {Type::whole, Type::whole}, true}),
                       contains_text("is wanted, not a list"));
    }
    CHECK_THAT(refusal("lead_s", {{"300"}, "t:2:1", {Type::text}}), contains_text("a whole number from 0 to 86400"));
    CHECK_THAT(refusal("modules", {{"gcc", ""}, "t:2:1", {Type::text, Type::text}, true}),
               contains_text("an empty text"));
    CHECK_THAT(refusal("environment.A", {{"1.50"}, "t:2:1", {Type::real}}), contains_text("text in quotes is wanted"));
    CHECK(refusal("environment.A", {{"4"}, "t:2:1", {Type::whole}}) == "no error");
    CHECK(refusal("walltime", {{"90"}, "t:2:1", {Type::whole}}) == "no error");
    CHECK(refusal("lead_s", {{"300"}, "t:2:1", {Type::whole}}) == "no error");
    CHECK(refusal("prologue", {{"a", ""}, "t:2:1", {Type::text, Type::text}, true}) == "no error");
}

TEST_CASE("the table in docs/site.md names each key, and no other") {
    std::ifstream in(HLAUNCH_TEST_DATA "/../../docs/site.md");
    REQUIRE(in);
    std::set<std::string> told, known;
    for (std::string line; std::getline(in, line);)
        if (line.starts_with("| ") && !line.starts_with("| key") && !line.starts_with("| ---"))
            told.insert(line.substr(2, line.find(" |", 2) - 2));
    for (const auto& key : site_keys()) known.insert(key.name);
    CHECK(told == known);
}

TEST_CASE("what a directive cannot carry is refused, and why") {
    CHECK_FALSE(why_no_directive("gpu-long_1.2,x=3@y%4+5/6:7"));
    for (const char* text : {"a b", "a\nb", "a\tb", "a'b", "a\"b", "$(x)", "`x`", "a#b", "a\\b", "a;b", "a|b", "a&b",
                             "*", "\xc3\xa9", "\xff", ""}) {
        INFO(text);
        CHECK(why_no_directive(text));
    }
    CHECK_THAT(set_refusal("account", {"my account"}), contains_text("it cannot carry one"));
    CHECK_THAT(set_refusal("job_name", {"x\n#SBATCH --nodes=1000"}), contains_text("a directive"));
    CHECK_THAT(set_refusal("directives", {"--a=$(id)"}), contains_text("cannot carry '$'"));
}

TEST_CASE("features of nodes may be combined as Slurm does, and carry no more") {
    for (const std::string text : {"icelake", "icelake&ib", "[rack1|rack2]", "(a|b)&c*2"})
        CHECK(of("constraint", {text}).constraint == text);
    for (const std::string text : {"a & b", "a;b", "$(id)", "`id`", "a\n#SBATCH --nodes=9", "a'b"}) {
        INFO(text);
        CHECK_THAT(set_refusal("constraint", {text}), contains_text("site.constraint"));
    }
}
