// Words on standard input, each ended by NUL, put into a script by the very template engine and escape that hlaunch
// script uses: the script prints them again. For quoting_test.sh.
#include <cstdio>
#include <iostream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string>

#include "base/text/shell_quote.h"
#include "script/mustache.h"

int main() {
    const std::string input{std::istreambuf_iterator<char>(std::cin), {}};
    auto words = nlohmann::json::array();
    for (std::size_t at = 0; at < input.size();) {
        const auto end = input.find('\0', at);
        words.push_back(input.substr(at, end - at));
        at = end + 1;
    }
    const hlaunch::Mustache script("{{#words}}printf '%s\\0' {{.}}\n{{/words}}", "quote_words");
    const auto text =
        script.render({{"words", words}}, {.escape = hlaunch::shell_quote, .partial = {}, .strict = true});
    return std::fwrite(text.data(), 1, text.size(), stdout) == text.size() ? 0 : 1;
}
