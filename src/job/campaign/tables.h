// A campaign's results on disk: table.csv, table.json and a picture a parameter.
#pragma once

#include <string>
#include <vector>

#include "campaign/row.h"
#include "plan/run_folder.h"

namespace hlaunch {

// Each whole or not at all; pictures/NAME.svg of what depends on q.
void write_tables(const RunFolder& folder, const std::vector<ScanRow>& rows);

}  // namespace hlaunch
