#include "fuzz.h"
#include "script/directives.h"
#include "script/site.h"

// Key, newline, value: what is taken must stand in one directive of one line.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace hlaunch;
    const auto text = fuzz::text_of(data, size);
    const auto newline = text.find('\n');
    if (newline == std::string::npos) return 0;
    const SiteValues values{{text.substr(0, newline), {{text.substr(newline + 1)}, "site.toml:1:1"}}};
    fuzz::expect_a_line([&] {
        const auto site = site_settings(values);
        ScriptRequest request{.nodes = 2,
                              .array_limit = {},
                              .hostfile = {},
                              .version = {},
                              .hlaunch = {},
                              .folder = {},
                              .output = "/out",
                              .analysis = {}};
        for (const auto kind : {ScriptKind::slurm, ScriptKind::slurm_array, ScriptKind::slurm_merge, ScriptKind::pbs}) {
            request.kind = kind;
            for (const auto& words : directives_of(request, {}, site))
                for (const auto& word : words)
                    for (const unsigned char letter : word)
                        fuzz::require(letter > ' ' && letter < 127, "a directive with a letter that none can carry");
        }
    });
    return 0;
}
