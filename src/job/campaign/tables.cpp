#include "job/campaign/tables.h"

#include <nlohmann/json.hpp>
#include <set>

#include "campaign/results_table.h"
#include "campaign/series_svg.h"
#include "os/files/file.h"

namespace hlaunch {

void write_tables(const RunFolder& folder, const std::vector<ScanRow>& rows) {
    write_atomically(folder.table_csv(), results_csv(rows));
    write_atomically(folder.table_json(),
                     results_json(rows).dump(1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
    std::set<std::string> parameters;  // configs may differ in their model
    for (const auto& row : rows)
        if (row.status == "done" && row.best())
            for (const auto& parameter : row.best()->parameters) parameters.insert(parameter.name);
    if (!parameters.empty()) ensure_directory(folder.pictures());
    for (const auto& name : parameters)
        if (const auto svg = series_svg(rows, name, ""); !svg.empty())
            write_atomically(folder.pictures() + "/" + name + ".svg", svg);
}

}  // namespace hlaunch
