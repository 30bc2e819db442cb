// Mustache, as its specification says (github.com/mustache/spec, without lambdas and inheritance), but for the escape,
// which is the caller's: HTML for pages, quoting for shell scripts, where {{x}} is then always one word.
#pragma once

#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hlaunch {

struct MustacheRules {
    std::function<std::string(std::string_view)> escape;  // of {{x}}; {{{x}}} and {{&x}} are left as they are
    // The text of a partial; nothing: there is none (an empty one, or in strict mode an error).
    std::function<std::optional<std::string>(const std::string& name)> partial;
    bool strict = false;  // a name that is nowhere in the context is an error that names the nearest known one
};

struct MustacheNode;

// A parsed template. Errors are usage Errors with name, line and column.
class Mustache {
  public:
    Mustache(std::string text, std::string name);
    ~Mustache();
    Mustache(Mustache&&) noexcept;

    // Strings of the context may hold any bytes. Throws usage Error where strict mode refuses a name, or where partials
    // hold themselves without end.
    [[nodiscard]] std::string render(const nlohmann::json& context, const MustacheRules& rules) const;
    // Of variables, sections and partials, as often as they stand there.
    [[nodiscard]] std::vector<std::string> names() const;

  private:
    std::string name_;
    std::shared_ptr<const std::vector<MustacheNode>> nodes_;
};

}  // namespace hlaunch
