#include "base/text/secret_words.h"

#include "base/error.h"
#include "base/text/printable.h"

namespace hlaunch {

std::vector<std::string> fill_secrets(const std::vector<std::string>& words, const VariableOf& value_of) {
    constexpr std::string_view mark = "{secret:";
    std::vector<std::string> out;
    for (std::string_view rest : words) {
        std::string word;
        for (auto at = rest.find(mark); at != std::string_view::npos; at = rest.find(mark)) {
            const auto end = rest.find('}', at);
            if (end == std::string_view::npos) break;
            const auto name = rest.substr(at + mark.size(), end - at - mark.size());
            const auto value = name.empty() ? std::nullopt : value_of(name);
            if (!value)
                throw usage_error(
                    "{}: the variable {} is not set; set it before hlaunch is called, as in {}=... hlaunch",
                    printable(rest.substr(at, end + 1 - at)), printable(name), printable(name));
            word.append(rest.substr(0, at)).append(*value);
            rest.remove_prefix(end + 1);
        }
        out.push_back(word.append(rest));
    }
    return out;
}

}  // namespace hlaunch
