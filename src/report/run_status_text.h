// How a run stands, as one screen.
#pragma once

#include <cstddef>
#include <string>

#include "base/text/style.h"
#include "report/run_status.h"

namespace hlaunch {

struct ScreenSize {
    std::size_t columns = 100;
    std::size_t rows = 0;  // 0: as many as it takes; else parts that say least are only counted
};
[[nodiscard]] std::string run_status_text(const RunStatus& status, const Style& style, ScreenSize size);

}  // namespace hlaunch
