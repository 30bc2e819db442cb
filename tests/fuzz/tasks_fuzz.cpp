#include "base/text/shell_quote.h"
#include "fuzz.h"
#include "queue/command_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace hlaunch;
    const auto text = fuzz::text_of(data, size);
    fuzz::expect_a_line([&] {
        const auto words = words_of_record(text);
        if (words.empty()) return;
        for (const auto& word : words)
            if (word.find('\0') != std::string::npos) return;  // no shell can be told
        fuzz::require(words_of_record(shell_join(words)) == words, "words that read back as others");
    });
    const fuzz::MemoryFile file(text);
    fuzz::expect_a_line([&] {
        CommandFile tasks(file.path(), '\n');
        while (const auto task = tasks.next()) static_cast<void>(task_key(task->argv, "/", 0));
    });
    return 0;
}
