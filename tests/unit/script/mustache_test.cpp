#include "script/mustache.h"

#include "base/error.h"
#include "base/text/shell_quote.h"
#include "catch.h"

using namespace hlaunch;
using nlohmann::json;

namespace {

std::string shell(const std::string& text, const json& context) {
    const MustacheRules rules{.escape = shell_quote, .partial = {}, .strict = true};
    return Mustache(text, "t").render(context, rules);
}

std::string refusal(const std::string& text, const json& context = json::object()) {
    try {
        static_cast<void>(shell(text, context));
    } catch (const Error& error) {
        CHECK(error.code() == ExitCode::usage);
        return error.what();
    }
    return "no error";
}

}  // namespace

TEST_CASE("in a script {{x}} is one word of the shell, whatever it holds") {
    CHECK(shell("cd {{x}}", {{"x", "a b"}}) == "cd 'a b'");
    CHECK(shell("cd {{x}}", {{"x", "it's $(rm)\n`id`"}}) == "cd 'it'\\''s $(rm)\n`id`'");
    CHECK(shell("cd {{x}}", {{"x", ""}}) == "cd ''");
    CHECK(shell("cd {{x}}", {{"x", "\xff\xfe"}}) == "cd '\xff\xfe'");
    CHECK(shell("a{{#w}} {{.}}{{/w}}", {{"w", {"-x", "y z"}}}) == "a -x 'y z'");
    CHECK(shell("{{n}} {{b}}", {{"n", 12}, {"b", true}}) == "12 true");
}

TEST_CASE("a name that is nowhere is an error with its place and the nearest name") {
    CHECK(refusal("line\n  {{walltim}}", {{"walltime", "1h"}, {"nodes", 2}}) ==
          "template t, line 2, column 3: there is no variable 'walltim'; did you mean 'walltime'?");
    CHECK_THAT(refusal("{{#zzz}}{{/zzz}}", {{"nodes", 2}}), contains_text("there is no variable 'zzz'; see --explain"));
    CHECK_THAT(refusal("{{^zzz}}{{/zzz}}"), contains_text("'zzz'"));
    CHECK_THAT(refusal("{{#a}}{{outr}}{{/a}}", {{"a", json::object()}, {"outer", 1}}),
               contains_text("did you mean 'outer'?"));
    CHECK_THAT(refusal("{{>p}}"), contains_text("there is no template 'p'"));
    CHECK(shell("{{^a}}none{{/a}}", {{"a", nullptr}}) == "none");
}

TEST_CASE("what is no template is told with its place") {
    CHECK_THAT(refusal("a\n{{#s}}"), contains_text("line 2, column 1: section 's' has no end"));
    CHECK_THAT(refusal("{{#s}}{{/t}}"), contains_text("'t' ends section 's'"));
    CHECK_THAT(refusal("{{/t}}"), contains_text("was not begun"));
    CHECK_THAT(refusal("{{x"), contains_text("not closed with }}"));
    CHECK_THAT(refusal("{{{x}}"), contains_text("not closed with }}}"));
    CHECK_THAT(refusal("{{=x=}}"), contains_text("no two delimiters"));
    CHECK_THAT(refusal("{{= a = =}}"), contains_text("no two delimiters"));
    CHECK_THAT(refusal("{{}}"), contains_text("without a name"));
    CHECK_THAT(refusal("{{a b}}"), contains_text("it has a blank"));
}

TEST_CASE("hostile templates end with an error, not with the stack") {
    std::string deep;
    for (int i = 0; i < 100000; ++i) deep += "{{#a}}";
    CHECK_THAT(refusal(deep), contains_text("nested more than 100 deep"));
    const MustacheRules endless{
        .escape = shell_quote, .partial = [](const std::string&) { return "x{{>p}}"; }, .strict = true};
    CHECK_THROWS_WITH(Mustache("{{>p}}", "t").render({}, endless), contains_text("nested more than 50 deep"));
}
