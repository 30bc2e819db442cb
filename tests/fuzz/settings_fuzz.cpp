#include "cli/options/settings.h"

#include "fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::expect_a_line(
        [&] { static_cast<void>(hlaunch::Settings::of_text(fuzz::text_of(data, size), "hlaunch.toml")); });
    return 0;
}
