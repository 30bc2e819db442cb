#include "homodyne/results/shard_file.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "merge/npz/npy_matrix.h"
#include "merge/npz/npz.h"

namespace hlaunch {
namespace {

using nlohmann::json;

class MetaReader {
  public:
    MetaReader(const std::string& text, std::string where) : where_(std::move(where)) {
        root_ = json::parse(text, nullptr, false);
        if (!root_.is_object()) throw usage_error("{}: its meta is no JSON object; the file is damaged", where_);
    }

    ShardMeta read() const {
        ShardMeta meta;
        meta.run_key = text(root_, "run_key");
        meta.homodyne = text(root_, "homodyne");
        meta.model = text(root_, "model");
        meta.analysis_mode = text(root_, "analysis_mode");
        meta.per_angle_mode = text(root_, "per_angle_mode");
        meta.times = {number(root_, "dt"), number(root_, "t_max"), number(root_, "t_ref")};
        meta.n_warmup = static_cast<std::int64_t>(number(root_, "n_warmup").value_or(0.0));
        meta.duration_s = number(root_, "duration_s").value_or(0.0);
        const auto sites = root_.find("sites");
        if (sites == root_.end()) return meta;
        if (!sites->is_array()) fail("sites");
        for (const json& item : *sites) {
            if (!item.is_object()) fail("sites");
            if (text(item, "kind") != "nuisance") meta.sites.push_back(site(item));
        }
        return meta;
    }

    Site site(const json& item) const;

  private:
    [[noreturn]] void fail(const std::string& key) const {
        throw usage_error("{}: its meta has no usable {:?}; the file is damaged or of another version", where_, key);
    }
    std::string text(const json& object, const char* key) const {
        const auto found = object.find(key);
        if (found == object.end() || found->is_null()) return {};
        if (!found->is_string()) fail(key);
        return found->get<std::string>();
    }
    std::optional<double> number(const json& object, const char* key) const {
        const auto found = object.find(key);
        if (found == object.end() || found->is_null()) return std::nullopt;
        if (!found->is_number() || !std::isfinite(found->get<double>())) fail(key);
        return found->get<double>();
    }
    double need(const json& object, const char* key) const {
        const auto found = number(object, key);
        if (!found) fail(key);
        return *found;
    }
    std::string where_;
    json root_;
};

Site MetaReader::site(const json& item) const {
    Site result;
    result.name = text(item, "name");
    result.parameter = text(item, "parameter");
    const std::string kind = text(item, "kind");
    if (result.name.empty() || result.parameter.empty()) fail("sites.name");
    if (kind != "z" && kind != "direct") fail("sites.kind");
    result.kind = kind == "z" ? SiteKind::z : SiteKind::direct;
    result.low = number(item, "low");
    result.high = number(item, "high");
    if (result.low && result.high && !(*result.low < *result.high)) fail("sites.low");
    if (result.kind == SiteKind::z) {
        result.center = need(item, "center");
        result.scale = need(item, "scale");
        if (!(result.scale > 0.0)) fail("sites.scale");
    }
    result.prior_loc = need(item, "prior_loc");
    result.prior_sd = need(item, "prior_scale");
    result.full_prior_sd = need(item, "full_prior_scale");
    if (!(result.prior_sd > 0.0) || !(result.full_prior_sd > 0.0)) fail("sites.prior_scale");
    return result;
}

}  // namespace

Site site_from(const nlohmann::json& item, const std::string& where) {
    return MetaReader("{}", where).site(item);
}

ShardFile load_shard_file(const std::filesystem::path& path) {
    const NpzReader npz(path);
    ShardFile file;
    file.path = path;
    file.shard = npz.read("shard").integer();
    file.num_shards = npz.read("num_shards").integer();
    file.n_points = npz.read("n_points").integer();
    file.divergent = npz.read("divergent").integer();
    if (file.num_shards < 1 || file.shard < 0 || file.shard >= file.num_shards || file.divergent < 0)
        throw usage_error("{}: says shard {} of {} with {} divergent draws; the file is damaged", path.string(),
                          file.shard, file.num_shards, file.divergent);

    const NpyArray samples = npz.read("samples");
    file.columns.names = npz.read("param_names").strings();
    const auto& shape = samples.shape();
    if (shape.size() != 3 || shape[2] != file.columns.names.size() || samples.count() == 0)
        throw usage_error("{}: samples have shape ({}), expected (chains, draws, {}); the file is damaged",
                          path.string(), fmt::join(shape, ", "), file.columns.names.size());
    file.columns.chains = static_cast<Eigen::Index>(shape[0]);
    file.columns.values = matrix_of(samples, shape[2]);
    if (npz.has("meta")) file.meta = MetaReader(npz.read("meta").text(), path.string()).read();
    return file;
}

Draws select_columns(const Draws& draws, const std::vector<std::string>& names, const std::string& where) {
    Draws result;
    result.names = names;
    result.chains = draws.chains;
    result.values.resize(draws.values.rows(), static_cast<Eigen::Index>(names.size()));
    for (std::size_t i = 0; i < names.size(); ++i) {
        const auto found = std::ranges::find(draws.names, names[i]);
        if (found == draws.names.end())
            throw usage_error("{}: has no draws of {}; it was made with another model or version", where, names[i]);
        result.values.col(static_cast<Eigen::Index>(i)) = draws.values.col(found - draws.names.begin());
    }
    return result;
}

}  // namespace hlaunch
