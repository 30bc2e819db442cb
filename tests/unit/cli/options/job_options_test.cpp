#include "job/request/arguments.h"

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <set>

#include "base/error.h"
#include "catch.h"
#include "cli/options/job_options.h"
#include "job/campaign/fits.h"

using namespace hlaunch;
using Words = std::vector<std::string>;

namespace {

// As run and worker read them.
JobOptions parsed(Words words, const std::string& toml = "") {
    for (const char* name : {"HLAUNCH_APP", "HLAUNCH_NUM_WORKERS", "HLAUNCH_JIT_CACHE", "HLAUNCH_POSTERIOR"})
        ::unsetenv(name);
    CLI::App app;
    JobCommandOptions options;
    options.add_to(app, takes::run);
    std::reverse(words.begin(), words.end());
    app.parse(std::move(words));
    return options.resolve(Settings::of_text(toml, "hlaunch.toml"));
}

// Options of the table that the main job takes, and that another hlaunch is told.
std::vector<OptionRow> handed_on() {
    auto rows = option_table();
    std::erase_if(rows, [](const OptionRow& row) { return (row.commands & takes::run) == 0 || !row.field.write; });
    return rows;
}

// A value that is not the default; of texts that not every text will do for by name.
std::string sample(const OptionRow& row) {
    static const std::map<std::string_view, std::string> texts{{"--per", "cores:4"},
                                                               {"--app", "'/a b/homodyne' -v \"it's\""},
                                                               {"--retries", "lost=7,crashed=2"},
                                                               {"--instance-limit", "90m"},
                                                               {"--time-limit", "2h"},
                                                               {"--lead", "7m"}};
    const auto usual = row.field.write(JobOptions{});
    switch (row.rule.kind) {
        case SettingRule::Kind::choice:
            for (const auto& choice : row.rule.choices)
                if (usual != Words{std::string(choice)}) return std::string(choice);
            return "";
        case SettingRule::Kind::whole:
            return fmt::format("{}", row.rule.least + 3);
        case SettingRule::Kind::number:
            return fmt::format("{}", row.rule.least + 10.25);
        case SettingRule::Kind::size:
            return "1.5GiB";
        default:
            return texts.contains(row.flag) ? texts.at(row.flag) : "a file";
    }
}

Words words_of(const OptionRow& row) {
    const std::string flag(row.flag);
    if (row.rule.kind == SettingRule::Kind::flag) return {flag};
    if (row.bare) return {flag + "=" + sample(row)};
    if (row.repeats) return {flag, sample(row), flag, "another"};
    return {flag, sample(row)};
}

std::string refusal(const Words& words, const std::string& toml = "") {
    try {
        static_cast<void>(parsed(words, toml));
    } catch (const Error& error) {
        CHECK(error.code() == ExitCode::usage);
        return error.what();
    }
    return "no error";
}

}  // namespace

TEST_CASE("each option of the table is added to the commands that take it, once", "[cli]") {
    for (const auto command : {takes::run, takes::plan, takes::campaign, takes::queue, takes::tune, takes::warm,
                               takes::survey, takes::machine}) {
        CLI::App app;
        JobCommandOptions options;
        options.add_to(app, command);
        std::set<std::string> there, wanted{"--help"};
        for (const auto* option : app.get_options()) there.insert(option->get_name());
        for (const auto& row : option_table())
            if ((row.commands & command) != 0) wanted.insert(std::string(row.flag));
        CHECK(there == wanted);
    }
    std::set<std::string_view> flags, keys{""};
    for (const auto& row : option_table()) {
        INFO(row.flag);
        CHECK(flags.insert(row.flag).second);
        CHECK((row.key.empty() || keys.insert(row.key).second));
        CHECK(bool(row.field.read) == bool(row.field.write));
        CHECK((row.field.write || row.flag == "--topology"));  // which plans for another machine
    }
}

TEST_CASE("arguments are the inverse of parsing, for each option alone", "[cli]") {
    const auto usual = parsed({});
    CHECK(parsed(to_arguments(usual)) == usual);
    for (const auto& row : handed_on()) {
        INFO(row.flag);
        const auto given = parsed(words_of(row));
        CHECK(given != usual);
        const auto said = to_arguments(given);
        CHECK(std::ranges::any_of(
            said, [&](const auto& word) { return word == row.flag || word.starts_with(std::string(row.flag) + "="); }));
        CHECK(parsed(said) == given);
    }
}

TEST_CASE("arguments are the inverse of parsing, for all options together", "[cli]") {
    Words all, replicas;
    for (const auto& row : handed_on()) {
        const auto words = words_of(row);
        if (row.flag != "--hooks") replicas.insert(replicas.end(), words.begin(), words.end());
        if (row.flag != "--split") all.insert(all.end(), words.begin(), words.end());
    }
    for (const auto& words : {all, replicas}) {
        const auto given = parsed(words);
        CHECK(parsed(to_arguments(given)) == given);
        CHECK(parsed(to_arguments(parsed(to_arguments(given)))) == given);
    }
}

TEST_CASE("a default that was given is handed on, whatever the option", "[cli]") {
    for (const auto& row : handed_on()) {
        const auto usual = row.field.write(JobOptions{});
        if (usual.empty()) continue;
        INFO(row.flag);
        const bool flag = row.rule.kind == SettingRule::Kind::flag;
        const std::string value = flag ? "false" : usual.front();
        const auto given = parsed({fmt::format("{}={}", row.flag, value)});
        CHECK(row.field.write(given) == usual);
        CHECK(parsed(to_arguments(given)) == given);
        if (row.key.empty()) continue;
        // Where a settings file says another thing.
        const auto dot = row.key.find('.');
        const auto other = flag ? (usual.front() == "true" ? "false" : "true") : "'" + sample(row) + "'";
        const auto number = row.rule.kind == SettingRule::Kind::number || row.rule.kind == SettingRule::Kind::whole;
        const auto toml = fmt::format("[{}]\n{} = {}\n", row.key.substr(0, dot), row.key.substr(dot + 1),
                                      number                ? sample(row)
                                      : row.flag == "--app" ? "'other'"
                                                            : other);
        CHECK(row.field.write(parsed({}, toml)) != usual);
        CHECK(parsed(to_arguments(given), toml) == given);
    }
}

TEST_CASE("hostile words arrive whole", "[cli]") {
    auto options = parsed({});
    for (const std::string word :
         {"-x", "--json", "a b", "$(x)", "it's", "\"", "a\nb", "*", "~", "\\", "{a,b}", "\xff", "x=y"}) {
        INFO(word);
        options.analysis.config = options.folder.output = options.analysis.nlsq_result = options.analysis.jit_cache =
            word;
        options.analysis.accepted = {word, word};
        options.analysis.app = {"/a b/homodyne", word, "", word};
        CHECK(parsed(to_arguments(options)) == options);
    }
    options = parsed({"--stage=a file"});
    CHECK(options.analysis.stage_file == "a file");
    CHECK(parsed(to_arguments(options)) == options);
    CHECK(parsed(to_arguments(parsed({"--stage"}))) == parsed({"--stage"}));  // the config's data
}

TEST_CASE("what settings files say is carried to a host that has none", "[cli]") {
    const std::string toml =
        "[app]\ncommand = ['/a b/homodyne', '-v']\n[run]\nmode = 'cmc'\nper = 'l3'\ninstances = 2\nreserve_cores = 1\n"
        "num_workers = 3\nsplit = 'replicas'\naccept = ['ess']\nplots = true\ngrace_s = 7.5\njit_cache = 'off'\n"
        "jit_cache_size = '1G'\nlearned = false\n";
    const auto here = parsed({}, toml);
    CHECK(here.analysis.app == Words{"/a b/homodyne", "-v"});
    CHECK(here.placements.min_numa_cores == 4);  // as --mode cmc has it
    CHECK(parsed({"--mode", "cmc"}).placements.min_numa_cores == 4);
    CHECK(here.limits.grace_s == 7.5);
    CHECK(parsed(to_arguments(here)) == here);
}

TEST_CASE("a default that was given overrules the settings files of another host", "[cli]") {
    const auto given = parsed({"--per", "auto", "--jit-cache", "shared", "--grace", "30", "--lead", "2m", "--retries",
                               "lost=1,out-of-memory=1", "--jit-cache-size", "2G"});
    const auto there =
        parsed(to_arguments(given), "[run]\nper = 'l3'\ngrace_s = 7\njit_cache = 'off'\njit_cache_size = '1G'\n");
    CHECK(there == given);
    CHECK(to_arguments(parsed({})) == Words{"--mode", "auto", "--app", "homodyne"});
}

TEST_CASE("the application's words are quoted as in sh", "[cli]") {
    CHECK(parsed({"--app", "uv  run homodyne"}).analysis.app == Words{"uv", "run", "homodyne"});
    CHECK(parsed({"--app", "'/a b/homodyne' -v"}).analysis.app == Words{"/a b/homodyne", "-v"});
    CHECK(parsed({}, "[app]\ncommand = \"'/a b/homodyne' -v\"").analysis.app == Words{"/a b/homodyne", "-v"});
    CHECK(parsed({}, "[app]\ncommand = ['/a b/homodyne']").analysis.app == Words{"/a b/homodyne"});
    CHECK(refusal({"--app", "$HOME/bin/homodyne"}).starts_with("--app: '$' in column 1 is shell syntax"));
    CHECK(refusal({"--app", "A=1 homodyne"}).ends_with("write env before it"));
    CHECK(refusal({"--app", " "}).starts_with("--app is empty"));
    CHECK(refusal({}, "[app]\ncommand = 'a | b'").starts_with("hlaunch.toml:2: app.command: '|' in column 3"));
}

TEST_CASE("the hlaunch of a campaign's scan is told all that the campaign was", "[cli]") {
    const auto campaign = parsed({"--app",
                                  "'/a b/homodyne' '-v w'",
                                  "--grace",
                                  "0.1",
                                  "--retries",
                                  "lost=7",
                                  "--instance-limit",
                                  "9m",
                                  "--time-limit",
                                  "2h",
                                  "--lead",
                                  "7m",
                                  "--jit-cache-size",
                                  "1G",
                                  "--key-env",
                                  "A",
                                  "--accept",
                                  "ess",
                                  "--fresh",
                                  "--json",
                                  "--per",
                                  "numa",
                                  "--mode",
                                  "cmc"});
    auto words = sampling_command(campaign.analysis, campaign.folder, campaign.limits, campaign.analysis.app,
                                  PartFolder{"/c/nlsq"}, PartFolder{"/c/cmc"});
    CHECK(words[1] == "run");
    words.erase(words.begin(), words.begin() + 2);
    auto wanted = campaign;
    wanted.analysis.config = PartFolder{"/c/nlsq"}.config();
    wanted.analysis.nlsq_result = PartFolder{"/c/nlsq"}.out();
    wanted.folder.output = sampling_run(PartFolder{"/c/cmc"}).root;
    wanted.placements.per = PlacementRequest::Per::machine;  // its own placement, whole
    wanted.placements.reserve_cores = 0;
    wanted.reporting.quiet = true;
    wanted.folder.fresh = wanted.reporting.json = false;  // the campaign's
    wanted.limits.time_limit_s.reset();
    CHECK(parsed(words) == wanted);  // half of a grace of 0.1 s is no grace: it stays
}

TEST_CASE("times that leave nothing to run are refused, and the grace is named", "[cli]") {
    CHECK(refusal({"--time-limit", "30s"}) ==
          "--time-limit 30s: what runs is stopped the grace of 30 s (--grace) before it, so that nothing would ever "
          "start; give more time, or less --grace");
    CHECK(refusal({"--time-limit", "10s", "--grace", "20"}).find("the grace of 20 s (--grace)") != std::string::npos);
    CHECK(refusal({"--time-limit", "50s"}, "[run]\ngrace_s = 60").find("60 s (hlaunch.toml:2)") != std::string::npos);
    CHECK(refusal({"--lead", "30s"}).starts_with("--lead 30s: what runs may take the grace of 30 s"));
    CHECK(parsed({"--time-limit", "31s"}).limits.time_limit_s == 31.0);
    CHECK(parsed({"--time-limit", "3s", "--grace", "1"}).limits.time_limit_s == 3.0);
    CHECK(parsed({"--lead", "40s"}).limits.lead_s == 40.0);
    CHECK(parsed({"--grace", "200"}).limits.grace_s == 200.0);  // a lead that nobody gave is nobody's mistake
    CHECK(parsed({"--instance-limit", "5s"}).limits.instance_limit_s == 5.0);  // its stop comes at its limit
}
