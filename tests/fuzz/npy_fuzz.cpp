#include "merge/npz/npy.h"

#include "fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace hlaunch;
    const auto* bytes = reinterpret_cast<const std::byte*>(data);
    fuzz::expect_a_line([&] {
        const auto array = NpyArray::parse({bytes, bytes + size}, "a.npy");
        fuzz::expect_a_line([&] { static_cast<void>(array.numbers()); });
        fuzz::expect_a_line([&] { static_cast<void>(array.strings()); });
        fuzz::expect_a_line([&] { static_cast<void>(array.integer()); });
        fuzz::expect_a_line([&] { static_cast<void>(array.text()); });
    });
    return 0;
}
