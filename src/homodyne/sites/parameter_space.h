// What a homodyne YAML says about bounds, priors and times, as homodyne itself reads it
// (config/parameter_space.py, config/parameter_manager.py, optimization/cmc/scaling.py).
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include "homodyne/sites/site_transform.h"

namespace hlaunch {

struct ParameterSpace {
    struct Entry {
        double low = 0.0;
        double high = 1.0;
        double center = 0.5;  // of the scaled sampling
        double scale = 0.25;  // max(prior_sigma, range / 10, 1e-6)
    };
    std::string source;           // path, for messages
    std::optional<double> dt;     // s
    std::optional<double> q;      // 1/A
    std::optional<double> t_max;  // s, if start_frame and end_frame say it
    std::map<std::string, Entry> entries;

    // Entry of a parameter; contrast_3 and offset_3 follow contrast and offset. None for an unknown
    // name.
    [[nodiscard]] std::optional<Entry> find(const std::string& parameter) const;
    // The z site of a parameter with a prior of the given sds; throws usage for an unknown name.
    [[nodiscard]] Site site(const std::string& parameter, double prior_sd, double full_prior_sd) const;
};

[[nodiscard]] ParameterSpace read_parameter_space(const std::filesystem::path& config);  // throws usage

// Without the index of an angle: "contrast_3" -> "contrast"; other names as they are.
[[nodiscard]] std::string without_angle(const std::string& parameter);
// A physical or scaling parameter of homodyne's models, as opposed to a nuisance or a bookkeeping
// column.
[[nodiscard]] bool is_model_parameter(const std::string& column);

}  // namespace hlaunch
