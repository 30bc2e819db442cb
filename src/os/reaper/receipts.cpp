#include "os/reaper/receipts.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>

#include "base/checksum.h"
#include "base/error.h"
#include "os/files/file.h"
#include "os/files/private_lock.h"

namespace hlaunch {
namespace {

constexpr auto look = std::chrono::milliseconds(20);
constexpr std::size_t longest = 256;  // bytes of a line
constexpr auto worth_telling = std::chrono::seconds(1);

// Takes the next word, up to a blank.
std::string_view word(std::string_view& rest) {
    const auto end = rest.find(' ');
    const auto out = rest.substr(0, end);
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    return out;
}

template <class Number>
bool read_number(std::string_view text, Number& out) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
    return error == std::errc{} && end == text.data() + text.size();
}

}  // namespace

std::string receipt_line(const Receipt& receipt) {
    const auto text = fmt::format("{} {} {} {} {:.6f}", receipt.id, receipt.status.signalled ? "signal" : "exit",
                                  receipt.status.code, receipt.stopped ? "stopped" : "itself", receipt.cpu_seconds);
    return checksum_hex(text) + " " + text + "\n";
}

std::optional<Receipt> parse_receipt(std::string_view line) {
    const auto sum = word(line);
    if (sum != checksum_hex(line)) return std::nullopt;
    Receipt out;
    if (!read_number(word(line), out.id)) return std::nullopt;
    const auto how = word(line);
    if (!read_number(word(line), out.status.code)) return std::nullopt;
    const auto who = word(line);
    if (!read_number(line, out.cpu_seconds)) return std::nullopt;
    if ((how != "exit" && how != "signal") || (who != "stopped" && who != "itself")) return std::nullopt;
    out.status.signalled = how == "signal";
    out.stopped = who == "stopped";
    return out;
}

ReceiptFile::ReceiptFile(std::filesystem::path path) : path_(std::move(path)), fd_(open_private_lock(path_)) {
    struct stat status {};
    if (fd_ && ::fstat(fd_.get(), &status) == 0 && !S_ISREG(status.st_mode))
        throw infrastructure_error("'{}' is no file; remove it", path_.native());
    if (!fd_)
        throw infrastructure_error("opening '{}' failed: {}; choose an --output that you may write to", path_.native(),
                                   std::strerror(errno));
}

bool ReceiptFile::lock(Clock& clock, Clock::Duration patience, const std::function<void()>& on_wait) {
    const auto began = clock.now();
    bool told = false;
    while (::flock(fd_.get(), LOCK_EX | LOCK_NB) != 0) {
        if (errno == EINTR) continue;
        if (errno != EWOULDBLOCK) return true;
        const auto waited = clock.now() - began;
        if (waited >= patience) return false;
        if (waited >= worth_telling && !told) {
            told = true;
            if (on_wait) on_wait();
        }
        clock.sleep(look);
    }
    return true;
}

void ReceiptFile::read(const std::function<void(const Receipt&)>& on_receipt) const {
    std::string line;
    const auto take = [&] {
        if (const auto receipt = parse_receipt(line)) on_receipt(*receipt);
        line.clear();
    };
    read_pieces(path_, [&](std::string_view piece) {
        for (std::size_t end = 0; (end = piece.find('\n')) != std::string_view::npos; piece.remove_prefix(end + 1)) {
            if (line.size() <= longest) line += piece.substr(0, end);
            take();
        }
        if (line.size() <= longest) line += piece;  // what is longer is no receipt
    });
    take();
}

void ReceiptFile::clear() {
    if (::ftruncate(fd_.get(), 0) != 0)
        throw infrastructure_error("emptying '{}' failed: {}", path_.native(), std::strerror(errno));
}

void ReceiptFile::remove() noexcept {
    ::unlink(path_.c_str());
}

}  // namespace hlaunch
