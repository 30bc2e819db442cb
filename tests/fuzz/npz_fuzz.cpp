#include "merge/npz/npz.h"

#include "fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace hlaunch;
    const fuzz::MemoryFile file(fuzz::text_of(data, size));
    fuzz::expect_a_line([&] {
        const NpzReader reader(file.path());
        for (const char* member : {"samples", "param_names"})
            if (reader.has(member)) fuzz::expect_a_line([&] { static_cast<void>(reader.read(member).numbers()); });
    });
    return 0;
}
