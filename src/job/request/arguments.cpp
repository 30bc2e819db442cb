#include "job/request/arguments.h"

#include <algorithm>

#include "job/request/option_table.h"

namespace hlaunch {
namespace {

void add_words(std::vector<std::string>& out, const OptionRow& row, const std::string& value) {
    const std::string flag(row.flag);
    if (row.rule.kind == SettingRule::Kind::flag)
        out.push_back((value == "true") != row.opposite ? flag : flag + "=false");
    else if (row.bare && value.empty())
        out.push_back(flag);
    else if (row.bare || value.starts_with('-'))
        out.push_back(flag + "=" + value);
    else
        out.insert(out.end(), {flag, value});
}

}  // namespace

std::vector<std::string> to_arguments(const JobOptions& options) {
    std::vector<std::string> out;
    for (const auto& row : option_table()) {
        if (!row.field.write) continue;
        const bool stated = std::ranges::find(options.stated, row.flag) != options.stated.end();
        if (!row.always && !stated && is_default(row, options)) continue;
        for (const auto& value : row.field.write(options)) add_words(out, row, value);
    }
    return out;
}

}  // namespace hlaunch
