#include "posterior/exact_result.h"

namespace hlaunch {

std::string word(CertifiedBy by) {
    return by == CertifiedBy::importance ? "importance" : by == CertifiedBy::ensemble ? "ensemble" : "none";
}

}  // namespace hlaunch
