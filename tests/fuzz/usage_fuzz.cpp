// usage.csv and homodyne's log: text of programs, read line by line.
#include "fuzz.h"
#include "homodyne/config/by_hand.h"
#include "run/watch/usage.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace hlaunch;
    const auto text = fuzz::text_of(data, size);
    fuzz::expect_a_line([&] {
        const auto samples = parse_usage_csv(text);
        fuzz::require(parse_usage_csv(usage_csv(samples)).size() == samples.size(), "samples are lost in writing");
        static_cast<void>(mean_remote_share(samples));
    });
    fuzz::expect_a_line([&] { static_cast<void>(homodyne::read_sampling_log(text)); });
    return 0;
}
