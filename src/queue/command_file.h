// A file of commands, one a record: read one by one, however many there are.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "os/io/unique_fd.h"
#include "os/spawn/argument_limits.h"

namespace hlaunch {

// The words of one record: a JSON array of strings, or words apart by blanks, quoted as in sh ('', "", backslash)
// without any expansion (base/text/shell_words.h). Empty: a blank record or a comment ("# ..."). Throws usage Error on
// what only a shell could do, on an open quote, on JSON that is no array of strings, and on a record with a NUL byte.
[[nodiscard]] std::vector<std::string> words_of_record(std::string_view record);

struct QueuedTask {
    std::uint64_t number = 0;  // of its record in the file, from 1
    std::vector<std::string> argv;
};

class CommandFile {
  public:
    // path "-": standard input, which must be a file, since it is read twice. Records end with `separator` ('\n' or
    // '\0'). Throws usage Error where it is no readable file.
    CommandFile(const std::string& path, char separator);

    // The next that is no comment; nothing at the end. Throws usage Error naming the record, also where the kernel
    // would not start it.
    [[nodiscard]] std::optional<QueuedTask> next();
    void rewind();

  private:
    [[nodiscard]] bool read_record(std::string& record);

    std::string name_;
    UniqueFd fd_;
    char separator_;
    ArgumentLimits limits_;
    std::size_t environment_bytes_;
    std::string buffer_;
    std::size_t used_ = 0;
    std::int64_t at_ = 0;
    std::uint64_t number_ = 0;
};

// Names a task however its file changes around it: its words, the folder it is started in, and the how-manieth it is of
// those that are alike. 64 bits of xxh3.
[[nodiscard]] std::uint64_t task_key(const std::vector<std::string>& argv, std::string_view cwd,
                                     std::uint64_t occurrence);

}  // namespace hlaunch
