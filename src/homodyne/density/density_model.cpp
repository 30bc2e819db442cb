#include "homodyne/density/density_model.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "homodyne/results/shard_file.h"

namespace hlaunch::homodyne {
namespace {

// Its density in the coordinate of the logarithm has no Gaussian prior: these are for starts alone.
Site log_site(const nlohmann::json& item, double noise_scale) {
    Site out;
    out.name = item.at("name").get<std::string>();
    out.parameter = "log_" + out.name;
    out.kind = SiteKind::direct;
    out.prior_loc = std::log(noise_scale);
    return out;
}

DensityModel read_density_model(const nlohmann::json& json, const std::string& where) {
    if (json.at("format") != "hlaunch-density" || json.at("version") != 1)
        throw failure("{} is of another version of hlaunch", where);
    DensityModel out;
    out.noise_scale = json.at("noise_scale").get<double>();
    for (const auto& item : json.at("sites")) {
        const bool log = item.at("log").get<bool>();
        out.sites.push_back(log ? log_site(item, out.noise_scale) : site_from(item, where));
        out.logs.push_back(log);
    }
    out.parameters = json.at("parameters").get<std::vector<std::string>>();
    out.times.dt = json.at("dt").get<double>();
    out.times.t_max = json.at("t_max").get<double>();
    if (!json.at("t_ref").is_null()) out.times.t_ref = json.at("t_ref").get<double>();
    out.points = json.at("points").get<std::int64_t>();
    out.times_counted = json.at("times_counted").get<int>();
    out.blocks = json.at("blocks").get<unsigned>();
    out.coarse_points = json.at("coarse_points").get<std::int64_t>();
    out.yaml_priors = json.at("yaml_priors").get<bool>();
    out.chains = json.at("chains").get<unsigned>();
    out.draws = json.at("draws").get<unsigned>();
    out.informed_priors = json.at("informed_priors").get<bool>();
    return out;
}

}  // namespace

DensityModel density_model_from(const nlohmann::json& json, const std::string& where) {
    try {
        return read_density_model(json, where);
    } catch (const nlohmann::json::exception& error) {
        throw failure("{} is not of the form that the hooks write: {}", where, error.what());
    }
}

Eigen::VectorXd DensityModel::prior_centre() const {
    Eigen::VectorXd out(static_cast<Eigen::Index>(sites.size()));
    for (std::size_t i = 0; i < sites.size(); ++i) out(static_cast<Eigen::Index>(i)) = sites[i].prior_loc;
    return out;
}

Eigen::VectorXd DensityModel::prior_sd() const {
    Eigen::VectorXd out(static_cast<Eigen::Index>(sites.size()));
    for (std::size_t i = 0; i < sites.size(); ++i) out(static_cast<Eigen::Index>(i)) = sites[i].full_prior_sd;
    return out;
}

}  // namespace hlaunch::homodyne
