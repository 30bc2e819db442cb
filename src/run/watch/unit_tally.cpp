#include "run/watch/unit_tally.h"

#include <algorithm>
#include <cmath>
#include <filesystem>

namespace hlaunch {

void UnitTally::look(const std::string& folder, const Read& read) {
    if (folder.empty() || !read) return;
    std::error_code failed;
    for (std::filesystem::directory_iterator at(folder, failed), end; !failed && at != end; at.increment(failed)) {
        if (at->path().extension() != ".npz" || !seen_.insert(at->path().native()).second) continue;
        if (const auto news = read(at->path().native())) {
            draws_ += news->draws;
            if (std::isfinite(news->r_hat)) r_hat_ = std::max(r_hat_.value_or(0.0), news->r_hat);
        }
        return;
    }
}

}  // namespace hlaunch
