#include <nlohmann/json.hpp>

#include "fuzz.h"
#include "plan/plan.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace hlaunch;
    const auto json = nlohmann::json::parse(fuzz::text_of(data, size), nullptr, false);
    if (json.is_discarded()) return 0;
    fuzz::expect_a_line([&] {
        const auto written = to_json(plan_from_json(json));
        fuzz::require(to_json(plan_from_json(written)) == written, "a plan that reads back as another");
    });
    return 0;
}
