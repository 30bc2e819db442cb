// The one table of limits a merge is judged by, and the verdicts.
#pragma once

#include <functional>
#include <map>
#include <span>
#include <string>
#include <vector>

namespace hlaunch {

enum class Verdict { pass, warn, fail, accepted };
[[nodiscard]] std::string_view to_string(Verdict verdict);

struct Check {
    std::string name;  // what --accept takes
    double value = 0.0;
    double limit = 0.0;  // the one that was crossed, else the one that fails
    Verdict verdict = Verdict::pass;
    std::string text;  // what it means; for a failure also the remedy
};

enum class GateKind { shards, replicas, disjoint, exact };

// A gate passes while value <= warn (or >= when `at_least`), warns up to `fail`, then fails.
struct Gate {
    std::string_view name;
    bool at_least = false;
    double warn = 0.0;
    double fail = 0.0;
    bool acceptable = true;  // may --accept let it pass?
    std::string_view meaning;
    std::string_view remedy;
};

[[nodiscard]] std::span<const Gate> gates(GateKind kind);
[[nodiscard]] const Gate& gate(GateKind kind, std::string_view name);

// Judges `value` (NaN fails); `detail` goes into the text, e.g. "worst: shard 3, alpha".
[[nodiscard]] Check judge(GateKind kind, std::string_view name, double value, const std::string& detail);

// By the name of a gate, where more is known of the run than the gate knows.
using Remedies = std::map<std::string, std::string, std::less<>>;
void give_remedies(GateKind kind, const Remedies& remedies, std::vector<Check>& checks);

// Turns failures that the user accepts into Verdict::accepted and returns the names it used; throws
// usage for a name that is no gate of this kind or cannot be accepted.
std::vector<std::string> accept(GateKind kind, std::span<const std::string> names, std::vector<Check>& checks);

// Did a check fail that cannot be accepted, so that nothing can be combined?
[[nodiscard]] bool hopeless(std::span<const Check> checks, GateKind kind);
[[nodiscard]] bool any_failed(std::span<const Check> checks);

}  // namespace hlaunch
