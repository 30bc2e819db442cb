#include "cli/options/settings.h"

#include "base/error.h"
#include "catch.h"

using namespace hlaunch;

namespace {

std::string refusal(const std::string& key, const std::string& value) {
    const auto dot = key.find('.');
    const auto toml = "\n[" + key.substr(0, dot) + "]\n" + key.substr(dot + 1) + " = " + value + "\n";
    try {
        static_cast<void>(Settings::of_text(toml, "hlaunch.toml"));
    } catch (const Error& error) {
        CHECK(error.code() == ExitCode::usage);
        return error.what();
    }
    return "no error";
}

}  // namespace

TEST_CASE("a setting of another type is refused with its line and the type wanted", "[cli]") {
    CHECK(refusal("run.learned", "\"no\"") ==
          "hlaunch.toml:3: run.learned: true or false, without quotes, is wanted, not the text 'no'");
    CHECK(refusal("run.plots", "\"yes\"") ==
          "hlaunch.toml:3: run.plots: true or false, without quotes, is wanted, not the text 'yes'");
    CHECK(refusal("run.num_workers", "\"4\"") ==
          "hlaunch.toml:3: run.num_workers: a whole number from 1 to 4096 is wanted, not the text '4'");
    CHECK(refusal("run.mode", "3") ==
          "hlaunch.toml:3: run.mode: one of \"auto\", \"cmc\", \"cmc-hpc\", \"nlsq\" is wanted, not the number 3");
    struct Wrong {
        const char* key;
        std::vector<const char*> values;
    };
    const std::vector<Wrong> all{
        {"app.command", {"1", "true", "''", "['a', 1]", "['']", "[]", "1979-05-27", "{a = 1}"}},
        {"run.mode", {"'cmc-hcp'", "true", "['cmc']", "''"}},
        {"run.per", {"4", "'cores:0'", "'socket'", "['numa']", "''"}},
        {"run.instances", {"0", "-1", "1.0", "'2'", "true", "[2]", "99999999999"}},
        {"run.reserve_cores", {"-1", "'1'", "1.5", "false"}},
        {"run.num_workers", {"0", "4097", "2.5", "nan"}},
        {"run.split", {"'shard'", "1"}},
        {"run.accept", {"1", "true", "['ess', 1]", "''"}},
        {"run.plots", {"0", "1", "'true'", "[true]"}},
        {"run.grace_s", {"0", "-5", "3601", "nan", "inf", "'30'", "'30s'", "true", "12:00:00"}},
        {"run.jit_cache", {"true", "0", "''", "['off']"}},
        {"run.jit_cache_size", {"'much'", "true", "-1", "['1G']", "1.5"}},
        {"run.learned", {"0", "'false'", "[]"}},
    };
    for (const auto& [key, values] : all)
        for (const auto* value : values) {
            INFO(key << " = " << value);
            const auto why = refusal(key, value);
            CHECK(why.starts_with("hlaunch.toml:3"));
            CHECK(why.find(key) != std::string::npos);
        }
}

TEST_CASE("settings of their type are taken", "[cli]") {
    for (const auto& [key, value] :
         std::vector<std::pair<std::string, std::string>>{{"app.command", "'uv run homodyne'"},
                                                          {"app.command", "['/a b/homodyne', '-v']"},
                                                          {"run.mode", "'cmc-hpc'"},
                                                          {"run.per", "'cores:4'"},
                                                          {"run.instances", "2"},
                                                          {"run.reserve_cores", "0"},
                                                          {"run.num_workers", "4096"},
                                                          {"run.accept", "'ess'"},
                                                          {"run.accept", "['ess', 'r-hat']"},
                                                          {"run.accept", "[]"},
                                                          {"run.plots", "false"},
                                                          {"run.grace_s", "0.5"},
                                                          {"run.grace_s", "30"},
                                                          {"run.jit_cache", "'off'"},
                                                          {"run.jit_cache_size", "'1.5GiB'"},
                                                          {"run.jit_cache_size", "1000000"},
                                                          {"run.learned", "true"},
                                                          {"site.anything", "1"}}) {
        INFO(key << " = " << value);
        CHECK(refusal(key, value) == "no error");
    }
}
