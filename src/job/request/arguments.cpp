#include "job/request/arguments.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text/shell_quote.h"

namespace hlaunch {
namespace {

class Arguments {
  public:
    explicit Arguments(const std::vector<std::string>& stated) : stated_(stated) {}

    void add(const std::string& option, const std::string& value) {
        if (value.starts_with('-')) {
            words_.push_back(option + "=" + value);
            return;
        }
        words_.push_back(option);
        words_.push_back(value);
    }
    void add_text(const char* option, const std::string& value) {
        if (!value.empty()) add(option, value);
    }
    template <class Value>
    void add_optional(const char* option, const std::optional<Value>& value, const char* unit = "") {
        if (value) add(option, fmt::format("{}{}", *value, unit));
    }
    template <class Value>
    void add_unless(const char* option, const Value& value, const Value& otherwise, const char* unit = "") {
        if (value != otherwise || std::find(stated_.begin(), stated_.end(), option) != stated_.end())
            add(option, fmt::format("{}{}", value, unit));
    }
    void add_all(const char* option, const std::vector<std::string>& values) {
        for (const auto& value : values) add(option, value);
    }
    void add_flag(const char* option, bool value) {
        if (value) words_.emplace_back(option);
    }
    [[nodiscard]] std::vector<std::string> take() { return std::move(words_); }

  private:
    const std::vector<std::string>& stated_;
    std::vector<std::string> words_;
};

}  // namespace

std::vector<std::string> to_arguments(const JobOptions& options) {
    const JobOptions usual;
    Arguments out(options.stated);
    out.add_text("--config", options.config);
    out.add_text("--output", options.output);
    out.add("--mode", std::string(homodyne::to_string(options.mode)));
    out.add_unless("--per", per_text(options.placements), per_text(usual.placements));
    out.add_optional("--instances", options.placements.instances);
    out.add_optional("--reserve-cores", options.placements.reserve_cores);
    out.add("--app", shell_join(options.app));
    out.add_unless("--hooks", std::string(options.split == homodyne::Split::none ? "off" : "on"), std::string("on"));
    if (options.split != homodyne::Split::none)
        out.add_unless("--split", std::string(options.split == homodyne::Split::replicas ? "replicas" : "shards"),
                       std::string("shards"));
    out.add_text("--nlsq-result", options.nlsq_result);
    out.add_optional("--num-workers", options.num_workers);
    out.add_unless("--jit-cache", options.jit_cache, usual.jit_cache);
    out.add_unless("--jit-cache-size", options.jit_cache_bytes, usual.jit_cache_bytes);
    out.add_flag("--no-learned", !options.learned);
    out.add_all("--accept", options.accepted);
    out.add_unless("--posterior", std::string(homodyne::to_string(options.posterior.kind)),
                   std::string(homodyne::to_string(usual.posterior.kind)));
    out.add_unless("--ess", options.posterior.effective_draws, usual.posterior.effective_draws);
    out.add_unless("--pairs", std::string(options.posterior.pairs_once ? "once" : "twice"), std::string("twice"));
    out.add_unless("--prior-source", std::string(options.posterior.yaml_priors ? "yaml" : "homodyne"),
                   std::string("homodyne"));
    out.add_flag("--keep-lost-priors", !options.repair_priors);
    out.add_flag("--keep-stratification", options.keep_stratification);
    out.add_flag("--plots", options.plots);
    if (!options.stage_file.empty())
        out.add_flag(("--stage=" + options.stage_file).c_str(), true);
    else
        out.add_flag("--stage", options.stage);
    out.add_flag("--profile", options.profile);
    out.add_flag("--tracemalloc", options.tracemalloc);
    out.add_flag("--fresh", options.fresh);
    out.add_flag("--private", options.keep_private);
    out.add_all("--key-env", options.key_env);
    out.add_text("--json-events", options.json_events);
    out.add_unless("--grace", options.grace_s, usual.grace_s);
    out.add_unless("--retries", options.retries.text(), usual.retries.text());
    out.add_optional("--instance-limit", options.instance_limit_s, "s");
    out.add_optional("--time-limit", options.time_limit_s, "s");
    out.add_unless("--lead", options.lead_s, usual.lead_s, "s");
    out.add_flag("--quiet", options.quiet);
    out.add_flag("--json", options.json);
    return out.take();
}

}  // namespace hlaunch
