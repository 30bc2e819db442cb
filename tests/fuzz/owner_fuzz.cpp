// The lock and status.json, which another program may have written.
#include <nlohmann/json.hpp>

#include "fuzz.h"
#include "run/journal/lock_owner.h"
#include "run/progress/status_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace hlaunch;
    const auto text = fuzz::text_of(data, size);
    if (const auto owner = parse_lock_owner(text)) {
        const auto again = parse_lock_owner(owner->line());
        fuzz::require(again && again->process.pid == owner->process.pid && again->line() == owner->line(),
                      "an owner that reads back as another");
        for (const bool exists : {false, true}) {
            OwnerSigns signs;
            signs.here = owner->process;
            signs.process_exists = exists;
            static_cast<void>(judge(owner, signs));
        }
    }
    const auto json = nlohmann::json::parse(text, nullptr, false);
    if (json.is_discarded()) return 0;
    if (const auto live = live_status_from_json(json)) static_cast<void>(to_json(*live));
    return 0;
}
