#include "homodyne/sites/parameter_space.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <fstream>
#include <sstream>

#include "base/error.h"
#include "homodyne/config/yaml_text.h"

namespace hlaunch {
namespace {

struct Default {
    std::string_view name;
    double low;
    double high;
};
// ParameterManager's defaults, for what the YAML leaves out.
constexpr std::array<Default, 9> defaults{{{"contrast", 0.0, 1.0},
                                           {"offset", 0.5, 1.5},
                                           {"D0", 1e2, 1e5},
                                           {"alpha", -2.0, 2.0},
                                           {"D_offset", -1e5, 1e5},
                                           {"gamma_dot_t0", 1e-6, 0.5},
                                           {"beta", -2.0, 2.0},
                                           {"gamma_dot_t_offset", -0.1, 0.1},
                                           {"phi0", -10.0, 10.0}}};

std::string canonical(const std::string& name) {
    if (name == "gamma_dot_0") return "gamma_dot_t0";
    if (name == "gamma_dot_offset") return "gamma_dot_t_offset";
    if (name == "phi_0") return "phi0";
    return name;
}

class Reader {
  public:
    explicit Reader(const std::filesystem::path& path) : path_(path) {
        std::error_code absent;  // a FIFO would be waited for
        std::ifstream file;
        std::stringstream text;
        if (std::filesystem::is_regular_file(path, absent)) file.open(path, std::ios::binary);
        if (file.is_open()) text << file.rdbuf();
        if (!file.is_open() || !file)
            throw usage_error("{}: cannot be read; give the homodyne config of these draws with --config",
                              path.string());
        try {
            root_ = homodyne::load_yaml(text.str());
        } catch (const YAML::Exception& error) {
            throw usage_error("{}: line {}: {}; correct the YAML", path.string(), error.mark.line + 1, error.msg);
        }
        if (!root_.IsMap()) throw usage_error("{}: is no homodyne config (no keys at its top)", path.string());
    }

    ParameterSpace read() const {
        ParameterSpace space;
        space.source = path_.string();
        const YAML::Node analyzer = section(root_, "analyzer_parameters");
        space.dt = number(analyzer, "dt", "analyzer_parameters.dt");
        space.q =
            number(section(analyzer, "scattering"), "wavevector_q", "analyzer_parameters.scattering.wavevector_q");
        const auto first = number(analyzer, "start_frame", "analyzer_parameters.start_frame");
        const auto last = number(analyzer, "end_frame", "analyzer_parameters.end_frame");
        if (space.dt && first && last && *last > *first) space.t_max = (*last - *first) * *space.dt;
        for (const Default& each : defaults)
            space.entries[std::string(each.name)] = entry(each.low, each.high, {}, {}, "");
        read_bounds(space);
        return space;
    }

  private:
    static YAML::Node section(const YAML::Node& parent, const char* key) {
        return parent && parent.IsMap() ? parent[key] : YAML::Node(YAML::NodeType::Undefined);
    }
    std::optional<double> number(const YAML::Node& parent, const char* key, const std::string& what) const {
        const YAML::Node node = section(parent, key);
        if (!node || node.IsNull()) return std::nullopt;
        double value = 0.0;
        if (!node.IsScalar() || !YAML::convert<double>::decode(node, value) || !std::isfinite(value))
            throw usage_error("{}: {} is no number; correct it", path_.string(), what);
        return value;
    }
    ParameterSpace::Entry entry(double low, double high, std::optional<double> mu, std::optional<double> sigma,
                                const std::string& what) const {
        if (!(low < high))
            throw usage_error("{}: {} has min {} and max {}; min must be below max", path_.string(), what, low, high);
        const double range = high - low;
        constexpr double least_scale = 1e-6;
        return {low, high, mu.value_or(0.5 * (low + high)),
                std::max({sigma.value_or(range / 4.0), range / 10.0, least_scale})};
    }
    void read_bounds(ParameterSpace& space) const {
        const YAML::Node bounds = section(section(root_, "parameter_space"), "bounds");
        if (!bounds || !bounds.IsSequence()) return;  // homodyne falls back to its defaults, too
        for (const YAML::Node& item : bounds) {
            const YAML::Node name_node = section(item, "name");
            if (!name_node || !name_node.IsScalar()) continue;
            const std::string name = canonical(name_node.as<std::string>());
            const std::string what = "parameter_space.bounds of " + name;
            const auto low = number(item, "min", what + ": min");
            const auto high = number(item, "max", what + ": max");
            const auto known = space.entries.find(name);
            if (known == space.entries.end() && (!low || !high)) continue;
            space.entries[name] = entry(low ? *low : known->second.low, high ? *high : known->second.high,
                                        number(item, "prior_mu", what + ": prior_mu"),
                                        number(item, "prior_sigma", what + ": prior_sigma"), what);
        }
    }

    std::filesystem::path path_;
    YAML::Node root_;
};

}  // namespace

std::string without_angle(const std::string& parameter) {
    const std::size_t bar = parameter.rfind('_');
    if (bar == std::string::npos || bar + 1 == parameter.size()) return parameter;
    const bool digits = std::all_of(parameter.begin() + static_cast<std::ptrdiff_t>(bar) + 1, parameter.end(),
                                    [](char c) { return c >= '0' && c <= '9'; });
    const std::string base = parameter.substr(0, bar);
    return digits && (base == "contrast" || base == "offset") ? base : parameter;
}

bool is_model_parameter(const std::string& column) {
    return std::ranges::find(defaults, std::string_view(without_angle(column)), &Default::name) != defaults.end();
}

std::optional<ParameterSpace::Entry> ParameterSpace::find(const std::string& parameter) const {
    const auto found = entries.find(without_angle(parameter));
    if (found == entries.end()) return std::nullopt;
    return found->second;
}

Site ParameterSpace::site(const std::string& parameter, double prior_sd, double full_prior_sd) const {
    const std::optional<Entry> entry = find(parameter);
    if (!entry)
        throw usage_error("{}: says nothing of parameter {}; give the config these draws were made with", source,
                          parameter);
    return {.name = parameter + "_z",
            .parameter = parameter,
            .kind = SiteKind::z,
            .center = entry->center,
            .scale = entry->scale,
            .low = entry->low,
            .high = entry->high,
            .prior_loc = 0.0,
            .prior_sd = prior_sd,
            .full_prior_sd = full_prior_sd};
}

ParameterSpace read_parameter_space(const std::filesystem::path& config) {
    std::error_code failed;
    if (std::filesystem::exists(config, failed) && !std::filesystem::is_regular_file(config, failed))
        throw usage_error("{}: is no file; give a homodyne config", config.string());
    return Reader(config).read();
}

}  // namespace hlaunch
