// Where templates come from: the first folder that has a file of the name wins, so that one file overrides one
// template.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace hlaunch {

struct TemplateFile {
    std::string name;  // "slurm.sh.mustache"
    std::string path;
};

class TemplateStore {
  public:
    // Strongest first: ./templates, the user's config folder, the installed ones.
    explicit TemplateStore(std::vector<std::string> folders) : folders_(std::move(folders)) {}

    [[nodiscard]] std::optional<TemplateFile> find(const std::string& name) const;
    // All names, each from the folder that wins, sorted.
    [[nodiscard]] std::vector<TemplateFile> list() const;
    // Throws usage Error naming the folders looked at; infrastructure where it cannot be read.
    [[nodiscard]] std::string read(const std::string& name) const;

  private:
    std::vector<std::string> folders_;
};

// "slurm" -> "slurm.sh.mustache"
[[nodiscard]] std::string template_name(const std::string& kind);

}  // namespace hlaunch
