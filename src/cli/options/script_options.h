// What script and submit share: the analysis, the nodes, the site; and the text they come to.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/options/job_options.h"
#include "script/script_data.h"
#include "script/template_store.h"

namespace hlaunch {

class ScriptOptions {
  public:
    void add_to(CLI::App& app);  // this object must outlive the app's parsing
    // Surveys the config where a forecast is wanted. Throws usage Error.
    [[nodiscard]] std::vector<ScriptVariable> variables(ScriptKind kind) const;
    [[nodiscard]] std::string output() const;  // the run folder, absolute
    // For people, once variables() were made: for which nodes, and what to beware of; a line each.
    [[nodiscard]] const std::vector<std::string>& notes() const { return notes_; }

  private:
    [[nodiscard]] SiteSettings site() const;
    struct Node {
        Machine machine;
        std::string what;        // "the node n1, as Slurm knows it"
        unsigned most_cpus = 0;  // that a job gets of it; 0: all
    };
    [[nodiscard]] std::optional<Node> node(const SiteSettings& site) const;  // where one is named

    JobCommandOptions job_;
    unsigned nodes_ = 1;
    std::optional<unsigned> limit_;
    std::string site_file_, node_, hostfile_, memory_;
    std::vector<std::string> set_;
    bool no_forecast_ = false;
    mutable std::vector<std::string> notes_;
};

// ./templates, the user's config folder, the installed ones.
[[nodiscard]] TemplateStore template_store();
// Throws usage Error where the template names what there is not.
[[nodiscard]] std::string script_text(const TemplateStore& store, ScriptKind kind,
                                      const std::vector<ScriptVariable>& variables);

}  // namespace hlaunch
