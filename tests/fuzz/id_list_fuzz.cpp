// Lists of CPUs and the quantities of the command line.
#include "base/id_set.h"
#include "base/text/quantity.h"
#include "base/text/shell_quote.h"
#include "fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace hlaunch;
    const auto text = fuzz::text_of(data, size);
    fuzz::expect_a_line([&] {
        const auto ids = IdSet::parse(text);
        fuzz::require(IdSet::parse(ids.str()) == ids, "a list that reads back as another");
    });
    fuzz::expect_a_line([&] { static_cast<void>(parse_bytes(text)); });
    fuzz::expect_a_line([&] { static_cast<void>(parse_duration(text)); });
    static_cast<void>(shell_quote(text));
    return 0;
}
