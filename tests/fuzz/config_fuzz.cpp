// The user's YAML, through all that reads it without homodyne.
#include "fuzz.h"
#include "homodyne/config/by_hand.h"
#include "homodyne/config/config_checks.h"
#include "homodyne/config/yaml_edit.h"
#include "homodyne/config/yaml_text.h"
#include "homodyne/sites/parameter_space.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace hlaunch;
    const auto text = fuzz::text_of(data, size);
    bool is_config = false;
    fuzz::expect_a_line([&] {
        homodyne::check_is_config(text, "config.yaml");
        is_config = true;
    });
    if (!is_config) return 0;  // a run goes no further
    for (const bool cmc : {false, true})
        fuzz::expect_a_line([&] {
            static_cast<void>(
                homodyne::check_config_settings(text, {.facts = nullptr, .cmc = cmc, .placements = 2, .cores = 8}));
        });
    fuzz::expect_a_line([&] { static_cast<void>(homodyne::yaml_chains(text)); });
    fuzz::expect_a_line([&] {
        const ConfigEdit edit{.path = {"optimization", "cmc", "num_workers"}, .value = "7"};
        if (const auto edited = homodyne::edit_yaml(text, edit))
            fuzz::require(homodyne::edit_yaml(*edited, edit) == edited, "an edit that is another the second time");
    });
    const fuzz::MemoryFile file(text);
    fuzz::expect_a_line([&] { static_cast<void>(read_parameter_space(file.path())); });
    return 0;
}
