#include "queue/command_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/text/shell_words.h"
#include "os/process/environment.h"

namespace hlaunch {
namespace {

constexpr std::size_t longest_record = 4U << 20U;  // Linux takes about 2 MiB of arguments

std::vector<std::string> words_of_json(std::string_view record) {
    const auto json = nlohmann::json::parse(record, nullptr, false);
    if (!json.is_array())
        throw usage_error(
            "it begins with '[' but is no JSON array of strings; write the whole array on one line, and test for the "
            "command of that name");
    if (json.empty()) throw usage_error("its JSON array is empty: no command; remove the line");
    std::vector<std::string> out;
    for (const auto& word : json) {
        if (!word.is_string())
            throw usage_error("word {} of its JSON array is no string: [\"sleep\", \"1\"], an array for each command",
                              out.size() + 1);
        out.push_back(word.get<std::string>());
        if (out.back().find('\0') != std::string::npos) throw usage_error("a word holds a NUL byte");
    }
    return out;
}

}  // namespace

std::vector<std::string> words_of_record(std::string_view record) {
    const auto first = record.find_first_not_of(" \t\r\n");
    if (first == std::string_view::npos) return {};
    if (record[first] == '#') {
        if (record.substr(first).starts_with("#DISBATCH"))
            throw usage_error("#DISBATCH would change the commands, but disBatch alone heeds it; write them in full");
        return {};
    }
    if (record.find('\0') != std::string_view::npos)
        throw usage_error("it holds a NUL byte; are its records apart by NUL (--null)?");
    auto out = record[first] == '[' ? words_of_json(record.substr(first)) : split_shell_words(record);
    if (!out.empty() && out.front().empty()) throw usage_error("its command is empty");
    return out;
}

CommandFile::CommandFile(const std::string& path, char separator)
    : name_(path == "-" ? "standard input" : path),
      fd_(path == "-" ? dup(STDIN_FILENO) : open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)),
      separator_(separator),
      limits_(argument_limits()),
      environment_bytes_(argument_bytes(Environment::current().list())) {
    struct stat status {};
    if (!fd_ || fstat(fd_.get(), &status) != 0)
        throw usage_error("{}: {}; give a file with one command a line", name_, std::strerror(errno));
    if (!S_ISREG(status.st_mode))
        throw usage_error("{} is no file: it is read twice, once to check it; write the commands to a file first",
                          name_);
}

bool CommandFile::read_record(std::string& record) {
    constexpr std::string_view byte_order_mark = "\xef\xbb\xbf", wide = "\xff\xfe", wide_too = "\xfe\xff";
    for (;;) {
        if (const auto end = buffer_.find(separator_, used_); end != std::string::npos) {
            record.assign(buffer_, used_, end - used_);
            used_ = end + 1;
            return true;
        }
        buffer_.erase(0, std::exchange(used_, 0));
        if (buffer_.size() > longest_record)
            throw usage_error("{}: record {} is longer than {} bytes; is it a file of commands?", name_, number_ + 1,
                              longest_record);
        std::array<char, 65536> chunk{};
        const auto count = pread(fd_.get(), chunk.data(), chunk.size(), at_);
        if (count < 0) throw infrastructure_error("reading {}: {}", name_, std::strerror(errno));
        if (count == 0) {
            record = std::exchange(buffer_, {});
            return !record.empty();
        }
        const bool first = std::exchange(at_, at_ + count) == 0;
        buffer_.append(chunk.data(), static_cast<std::size_t>(count));
        if (first && (buffer_.starts_with(wide) || buffer_.starts_with(wide_too)))
            throw usage_error("{} is UTF-16 text, as Windows writes it; save it as UTF-8", name_);
        if (first && buffer_.starts_with(byte_order_mark)) used_ = byte_order_mark.size();
    }
}

std::optional<QueuedTask> CommandFile::next() {
    std::string record;
    while (read_record(record)) {
        ++number_;
        try {
            auto words = words_of_record(record);
            if (const auto why = why_too_long(words, environment_bytes_, limits_)) throw usage_error("{}", *why);
            if (!words.empty()) return QueuedTask{number_, std::move(words)};
        } catch (const Error& error) {
            throw usage_error("{}: {} {}: {}", name_, separator_ == '\n' ? "line" : "record", number_, error.what());
        }
    }
    return std::nullopt;
}

void CommandFile::rewind() {
    buffer_.clear();
    used_ = 0;
    at_ = 0;
    number_ = 0;
}

std::uint64_t task_key(const std::vector<std::string>& argv, std::string_view cwd, std::uint64_t occurrence) {
    std::string text(cwd);
    for (const auto& word : argv) {
        text += '\0';
        text += word;
    }
    return XXH3_64bits_withSeed(text.data(), text.size(), occurrence);
}

}  // namespace hlaunch
