#include "run/journal_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <iterator>
#include <thread>

#include "base/error.h"
#include "os/host.h"
#include "run/journal.h"

namespace hlaunch {
namespace {

UniqueFd take_lock(const std::string& path) {
    UniqueFd fd(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666));
    if (!fd)
        throw infrastructure_error("cannot make {}: {}; choose an --output that you may write to", path,
                                   std::strerror(errno));
    // A process that was just killed may hold it for a moment longer: a child of it that had not become its program
    // yet.
    constexpr int tries = 20;
    for (int i = 1; flock(fd.get(), LOCK_EX | LOCK_NB) != 0; ++i) {
        if (errno == EWOULDBLOCK && i < tries) {
            std::this_thread::sleep_for(std::chrono::milliseconds(50));
            continue;
        }
        if (errno != EWOULDBLOCK) throw infrastructure_error("cannot lock {}: {}", path, std::strerror(errno));
        throw usage_error("another hlaunch works in this folder ({}: {}); wait for it or stop it", path,
                          try_read_text(path).value_or("unknown"));
    }
    const auto owner = fmt::format("pid {} on {}", getpid(), read_host().name);
    if (ftruncate(fd.get(), 0) != 0 || pwrite(fd.get(), owner.data(), owner.size(), 0) < 0)
        throw infrastructure_error("cannot write {}: {}", path, std::strerror(errno));
    return fd;
}

}  // namespace

JournalFile::JournalFile(const std::string& path, Clock& clock, Start start)
    : lock_(take_lock(path + ".lock")), file_(path), clock_(clock) {
    if (start == Start::over) {
        file_.truncate(0);
        return;
    }
    const auto text = try_read_text(path).value_or("");
    auto read = read_journal(text);
    events_ = std::move(read.events);
    dropped_bytes_ = read.dropped_bytes;
    if (dropped_bytes_ > 0) file_.truncate(text.size() - dropped_bytes_);
}

void JournalFile::append(nlohmann::json event) {
    std::vector<nlohmann::json> one;
    one.push_back(std::move(event));
    append_all(std::move(one));
}

void JournalFile::append_all(std::vector<nlohmann::json> events) {
    std::string lines;
    for (auto& event : events) {
        event["time"] = utc_text(clock_.wall());
        lines += journal_line(event);
    }
    file_.append(lines);
    if (listener_)
        for (const auto& event : events) listener_(event);
    if (keeps_events_) std::move(events.begin(), events.end(), std::back_inserter(events_));
}

void JournalFile::forget_events() {
    keeps_events_ = false;
    events_.clear();
    events_.shrink_to_fit();
}

}  // namespace hlaunch
