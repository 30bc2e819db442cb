#include <nlohmann/json.hpp>

#include "base/text/shell_quote.h"
#include "fuzz.h"
#include "script/mustache.h"

// A template of a user's own, with a partial that is the template itself.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace hlaunch;
    const auto text = fuzz::text_of(data, size);
    // Lists of one: nested sections over longer ones take as long as they say.
    static const nlohmann::json context{{"x", "it's $(x)\n"}, {"n", 3},     {"t", true},
                                        {"f", false},         {"l", {"a"}}, {"o", {{"x", "y"}}}};
    for (const bool strict : {false, true})
        fuzz::expect_a_line([&] {
            const Mustache parsed(text, "fuzz");
            const MustacheRules rules{.escape = shell_quote,
                                      .partial = [&](const std::string& name) -> std::optional<std::string> {
                                          return name == "self" ? std::optional(text) : std::nullopt;
                                      },
                                      .strict = strict};
            static_cast<void>(parsed.names());
            static_cast<void>(parsed.render(context, rules));
        });
    return 0;
}
