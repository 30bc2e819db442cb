// What homodyne and its hooks leave as JSON.
#include <nlohmann/json.hpp>

#include "fuzz.h"
#include "homodyne/app/facts.h"
#include "homodyne/app/nlsq_gate.h"
#include "homodyne/plan/memory_history.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace hlaunch;
    const auto json = nlohmann::json::parse(fuzz::text_of(data, size), nullptr, false);
    if (json.is_discarded()) return 0;
    fuzz::expect_a_line([&] { static_cast<void>(homodyne::facts_from_json(json, "config.yaml")); });
    fuzz::expect_a_line([&] { static_cast<void>(homodyne::read_nlsq_result(json)); });
    fuzz::expect_a_line([&] {
        const auto examination = homodyne::examination_from_json(json);
        static_cast<void>(homodyne::nlsq_problems({}, examination));
    });
    fuzz::expect_a_line([&] { static_cast<void>(homodyne::MemoryHistory::from_json(json).to_json()); });
    return 0;
}
