#include "homodyne/plan/posterior_wish.h"

#include "base/error.h"

namespace hlaunch::homodyne {

std::string_view to_string(PosteriorWish::Kind kind) {
    return kind == PosteriorWish::Kind::exact ? "exact" : kind == PosteriorWish::Kind::automatic ? "auto" : "consensus";
}

PosteriorWish::Kind parse_posterior(std::string_view text) {
    for (const auto kind : {PosteriorWish::Kind::consensus, PosteriorWish::Kind::exact, PosteriorWish::Kind::automatic})
        if (text == to_string(kind)) return kind;
    throw usage_error("--posterior {}: write auto, consensus or exact", text);
}

}  // namespace hlaunch::homodyne
