// Progress on standard error: rewritten lines on a terminal, plain lines on change elsewhere.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "run/progress/progress.h"

namespace hlaunch {

class ProgressDisplay {
  public:
    enum class Style { terminal, plain, quiet };
    // From whether standard error is a terminal, and the user's --quiet.
    [[nodiscard]] static Style style_for(bool is_terminal, bool quiet);

    explicit ProgressDisplay(Style style) : style_(style) {}
    virtual ~ProgressDisplay() = default;

    virtual void note(const std::string& line);  // one lasting line; tests listen
    // Call as often as you like. total: of very many; a terminal then shows it and what runs alone.
    void update(const std::vector<InstanceProgress>& all, const std::optional<InstanceProgress>& total = {});
    void finish();  // leaves the last state on the screen

  private:
    void erase();
    void update_plain(const InstanceProgress& progress);

    Style style_;
    std::size_t lines_shown_ = 0;
    std::vector<InstanceProgress> last_;
    std::optional<InstanceProgress> last_total_;
    struct Said {
        unsigned units = 0;
        std::string state;
        double elapsed_s = 0.0;
    };
    std::map<unsigned, Said> said_;  // by part, for plain style
};

}  // namespace hlaunch
