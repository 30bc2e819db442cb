#include "homodyne/app/xla_flags.h"

#include "fuzz.h"
#include "homodyne/app/xla_config.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace hlaunch;
    const auto text = fuzz::text_of(data, size);
    fuzz::expect_a_line([&] {
        static_cast<void>(homodyne::lint_xla_flags(text));
        const auto flags = homodyne::xla_flags(text, 4);
        fuzz::require(homodyne::xla_flags(flags, 4) == flags, "flags that are others the second time");
        static_cast<void>(homodyne::is_settings_file(text));
    });
    return 0;
}
