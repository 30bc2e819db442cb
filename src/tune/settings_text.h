// Changes a few keys of [run] in the text of hlaunch.toml; every other line stays as the user wrote it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace hlaunch {

struct TunedSettings {
    std::string per;
    std::optional<unsigned> num_workers;  // absent: the key is left as it is
    std::string comment;                  // lines about how it was found, without "#"
};

// run.per and run.num_workers are set, run.instances is made a comment (it would cut again), and the comment stands
// between two marks, where a former one was. Nothing where the text is not plainly one [run] table of one-line values.
[[nodiscard]] std::optional<std::string> with_tuned(std::string_view text, const TunedSettings& tuned);

// What to paste where the file is not edited.
[[nodiscard]] std::string tuned_lines(const TunedSettings& tuned);

}  // namespace hlaunch
