#include "campaign/scan_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/error.h"
#include "base/text/printable.h"
#include "base/trimmed.h"

namespace hlaunch {
namespace {

struct Record {
    unsigned line = 1;
    std::vector<std::string> cells;
};

std::string without_blanks(std::string_view text) {
    return std::string(trimmed(text, " \t"));
}

class CsvReader {
  public:
    CsvReader(const std::string& text, const std::string& path) : text_(text), path_(path) {
        if (text_.starts_with("\xef\xbb\xbf")) at_ = 3;  // spreadsheets put it there
    }

    std::vector<Record> read() {
        std::vector<Record> out;
        while (at_ < text_.size()) {
            Record record{line_, {}};
            do record.cells.push_back(cell());
            while (take(','));
            take('\r');
            if (!take('\n') && at_ < text_.size()) refuse("text after a closing quote");
            if (record.cells.size() > 1 || !record.cells.front().empty()) out.push_back(std::move(record));
        }
        return out;
    }

  private:
    [[noreturn]] void refuse(const char* why) const { throw usage_error("{}, line {}: {}", path_, line_, why); }

    bool take(char wanted) {
        if (at_ >= text_.size() || text_[at_] != wanted) return false;
        if (wanted == '\n') ++line_;
        ++at_;
        return true;
    }

    std::string cell() {
        if (!take('"')) {
            const auto end = std::min(text_.find_first_of(",\r\n", at_), text_.size());
            const auto begin = std::exchange(at_, end);
            return without_blanks(text_.substr(begin, end - begin));
        }
        std::string out;
        for (;;) {
            if (at_ >= text_.size()) refuse("a quote that does not close");
            const char c = text_[at_++];
            if (c == '\n') ++line_;
            if (c == '"' && !take('"')) return out;
            out += c;
        }
    }

    const std::string& text_;
    const std::string& path_;
    std::size_t at_ = 0;
    unsigned line_ = 1;
};

double number_of(const std::string& text, const std::string& where) {
    double out = 0.0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
    if (error != std::errc{} || end != text.data() + text.size())
        throw usage_error("{}: q is '{}', which is no number", where, printable(text.substr(0, 40)));
    return out;
}

ScanEntry entry_of(const Record& record, const std::vector<std::string>& header, const std::string& path) {
    ScanEntry out;
    out.where = fmt::format("{}, line {}", path, record.line);
    if (record.cells.size() != header.size())
        throw usage_error("{}: {} cells, but the header has {}", out.where, record.cells.size(), header.size());
    for (std::size_t i = 0; i < header.size(); ++i) {
        const auto& cell = record.cells[i];
        if (cell.find('\0') != std::string::npos) throw usage_error("{}: it holds a NUL byte", out.where);
        if (header[i] == "data")
            out.data = cell;
        else if (header[i] == "config")
            out.config = cell;
        else if (header[i] == "name")
            out.name = cell;
        else if (header[i] == "q" && !cell.empty())
            out.q_per_angstrom = number_of(cell, out.where);
        else if (header[i] != "q")
            out.labels.emplace_back(header[i], cell);
    }
    if (out.data.empty()) throw usage_error("{}: the column data is empty", out.where);
    return out;
}

}  // namespace

std::vector<ScanEntry> scans_from_csv(const std::string& text, const std::string& path) {
    const auto records = CsvReader(text, path).read();
    if (records.empty()) throw usage_error("{} is empty; its first line names the columns: data, q, ...", path);
    const auto& header = records.front().cells;
    if (std::find(header.begin(), header.end(), "data") == header.end())
        throw usage_error("{}: the first line names no column 'data'; it names {}", path,
                          printable(fmt::format("{}", fmt::join(header, ", ")).substr(0, 200)));
    if (header.size() > most_columns)
        throw usage_error("{}: the first line names {} columns; at most {} make a table that can be read", path,
                          header.size(), most_columns);
    for (auto at = header.begin(); at != header.end(); ++at) {
        if (at->empty()) throw usage_error("{}: a column has no name", path);
        if (std::find(header.begin(), at, *at) != at)
            throw usage_error("{}: two columns are called '{}'", path, printable(at->substr(0, 80)));
    }
    std::vector<ScanEntry> out;
    for (auto at = records.begin() + 1; at != records.end(); ++at) out.push_back(entry_of(*at, header, path));
    return out;
}

std::vector<ScanEntry> scans_from_list(const std::string& text, const std::string& path) {
    std::vector<ScanEntry> out;
    unsigned line = 0;
    for (std::size_t at = 0; at < text.size();) {
        const auto end = std::min(text.find('\n', at), text.size());
        auto entry = text.substr(at, end - at);
        at = end + 1;
        ++line;
        if (entry.ends_with('\r')) entry.pop_back();
        if (without_blanks(entry).empty() || entry.front() == '#') continue;
        const auto where = fmt::format("{}, line {}", path, line);
        if (entry.find('\0') != std::string::npos) throw usage_error("{}: it holds a NUL byte", where);
        out.push_back({entry, {}, {}, {}, {}, where});
    }
    return out;
}

}  // namespace hlaunch
