#include "base/checksum.h"

#include <fmt/format.h>
#include <xxhash.h>

namespace hlaunch {

std::string checksum_hex(std::string_view text) {
    return fmt::format("{:016x}", XXH3_64bits(text.data(), text.size()));
}

}  // namespace hlaunch
