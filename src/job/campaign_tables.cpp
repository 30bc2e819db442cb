#include "job/campaign_tables.h"

#include <nlohmann/json.hpp>

#include "campaign/results_table.h"
#include "campaign/series_svg.h"
#include "os/file.h"

namespace hlaunch {

void write_tables(const RunFolder& folder, const std::vector<ScanRow>& rows) {
    write_atomically(folder.table_csv(), results_csv(rows));
    write_atomically(folder.table_json(),
                     results_json(rows).dump(1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
    for (const auto& row : rows) {
        if (row.status != "done" || !row.best()) continue;
        ensure_directory(folder.pictures());
        for (const auto& parameter : row.best()->parameters)
            if (const auto svg = series_svg(rows, parameter.name, ""); !svg.empty())
                write_atomically(folder.pictures() + "/" + parameter.name + ".svg", svg);
        break;
    }
}

}  // namespace hlaunch
