#include "os/process/environment.h"

#include <unistd.h>

#include "base/error.h"

namespace hlaunch {

Environment Environment::current() {
    Environment result;
    for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
        const std::string_view text(*entry);
        const auto equals = text.find('=');
        // Of duplicates getenv() takes the first; entries without '=' are no variables.
        if (equals != std::string_view::npos) result.values_.emplace(text.substr(0, equals), text.substr(equals + 1));
    }
    return result;
}

void Environment::set(std::string name, std::string value) {
    if (name.empty() || name.find_first_of(std::string_view("=\0", 2)) != std::string::npos)
        throw usage_error("'{}' is no name of an environment variable", name);
    if (value.find('\0') != std::string::npos)
        throw usage_error("the environment variable {} cannot hold a NUL byte", name);
    values_.insert_or_assign(std::move(name), std::move(value));
}

void Environment::unset(std::string_view name) {
    if (const auto found = values_.find(name); found != values_.end()) values_.erase(found);
}

std::optional<std::string> Environment::get(std::string_view name) const {
    const auto found = values_.find(name);
    return found == values_.end() ? std::nullopt : std::optional(found->second);
}

std::vector<std::string> Environment::list() const {
    std::vector<std::string> result;
    result.reserve(values_.size());
    for (const auto& [name, value] : values_) result.push_back(name + '=' + value);
    return result;
}

}  // namespace hlaunch
