#include "campaign/scan_table.h"
#include "fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto text = fuzz::text_of(data, size);
    fuzz::expect_a_line([&] { static_cast<void>(hlaunch::scans_from_csv(text, "scans.csv")); });
    fuzz::expect_a_line([&] { static_cast<void>(hlaunch::scans_from_toml(text, "scans.toml")); });
    fuzz::expect_a_line([&] { static_cast<void>(hlaunch::scans_from_list(text, "scans.txt")); });
    return 0;
}
