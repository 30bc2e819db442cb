#include "campaign/result_columns.h"

#include <algorithm>

namespace hlaunch {

bool is_result_column(const std::string& name) {
    return std::ranges::count(first_columns, name) + std::ranges::count(last_columns, name) +
               std::ranges::count(posterior_columns, name) >
           0;
}

}  // namespace hlaunch
