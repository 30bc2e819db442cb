// What the exact density of all points said of a merged posterior, as plain values for reports and merge.json.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace hlaunch {

struct CertificateRecord {
    // refused: the draws are not those of the exact density. missing: nobody could ask it.
    enum class Verdict { certified, refused, missing };
    Verdict verdict = Verdict::missing;
    std::string of;               // what was weighed: "consensus", "pooled", ...
    std::string reason;           // of a refusal, or why it is missing; empty where certified
    std::string coordinate;       // of the Gaussian that was weighed
    double k_hat = 0.0;           // of the weights; infinite where nothing can be said
    double variance_k_hat = 0.0;  // of the weights times squared distances from the mean, the worst parameter's
    double k_hat_limit = 0.0;
    double effective_draws = 0.0;
    std::int64_t draws = 0;        // weighed
    std::int64_t evaluations = 0;  // of the exact density
    std::int64_t points = 0;
    unsigned workers = 0;
    double seconds = 0.0;  // with the start of the workers
    // From the merged answer to the one handed on: by weights where certified, to the exact posterior where it took
    // its place. Empty where there is no other.
    struct Change {
        std::string name;
        double shift_sd = 0.0;  // of the mean, in sd of the answer handed on
        double sd_ratio = 0.0;  // merged / handed on
    };
    std::vector<Change> changes;
    double largest_correlation_change = 0.0;
};

}  // namespace hlaunch
