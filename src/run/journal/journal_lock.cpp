#include "run/journal/journal_lock.h"

#include <fmt/format.h>
#include <unistd.h>

#include <random>

#include "base/checksum.h"
#include "base/error.h"
#include "base/text/shell_quote.h"
#include "os/files/exclusive_file.h"
#include "os/files/file.h"
#include "os/files/untrusted_file.h"
#include "os/host/host.h"
#include "os/process/process_info.h"

namespace hlaunch {
namespace {

namespace fs = std::filesystem;

constexpr auto beat = std::chrono::seconds(10);
constexpr auto between_tries = std::chrono::milliseconds(50);
constexpr std::uint64_t most_lock_bytes = 65536;
constexpr int most_waits = 10;
constexpr int most_flock_waits = 100;  // longer than one that comes second takes to give up
constexpr int rounds = 100;            // each lost one means that somebody else got on

LockOwner ourselves(const fs::path& lock, const Clock& clock) {
    std::random_device chance;
    return {this_process(folder_of(lock).native()), utc_text(clock.wall()),
            fmt::format("{:08x}{:08x}", chance(), chance())};
}

LockStatus status_of(const fs::path& file, const std::string& text, AppendFile::Lock flock) {
    LockStatus out;
    out.owner = parse_lock_owner(text);
    OwnerSigns signs;
    signs.here = this_process(folder_of(file).native());
    signs.flock = flock;
    if (out.owner) {
        const auto process = read_process(out.owner->process.pid);
        // A zombie does nothing any more.
        signs.process_exists = process ? !process->dead() : process_exists(out.owner->process.pid);
        if (process) signs.start_ticks = process->start_ticks;
    }
    signs.heartbeat_age_s = out.heartbeat_age_s = age_seconds(file);
    out.state = judge(out.owner, signs);
    return out;
}

}  // namespace

std::string held_text(const fs::path& lock, const LockStatus& status) {
    const auto folder = shell_quote(folder_of(lock).native());
    if (!status.owner)
        return fmt::format("another hlaunch may be taking {}: its {} names no owner yet; wait a minute", folder,
                           lock.filename().native());
    const auto& owner = status.owner->process;
    const auto beaten = status.heartbeat_age_s ? fmt::format(", last sign {:.0f} s ago", *status.heartbeat_age_s) : "";
    return fmt::format("another hlaunch works in {}: pid {} on {} since {}{}; hlaunch stop {} ends it, or wait{}",
                       folder, owner.pid, owner.host, status.owner->since, beaten, folder,
                       owner.boot_id == read_host_identity().boot_id
                           ? ""
                           : fmt::format(" (without a sign for {:.0f} s its folder is free)", heartbeat_limit_s));
}

LockStatus lock_status(const fs::path& lock) {
    const auto text = read_regular_file(lock, most_lock_bytes);
    return text ? status_of(lock, *text, AppendFile::Lock::none) : LockStatus{};
}

JournalLock::JournalLock(fs::path path, Clock& clock, Flock flock)
    : path_(std::move(path)),
      clock_(clock),
      flock_(std::move(flock)),
      text_(ourselves(path_, clock).line()),
      pid_(getpid()),
      next_beat_(clock.now() + beat) {
    take();
    // The record is ours. Who has the journal locked all the same is at work, and somebody removed its record.
    for (int waits = 0; this->flock() == AppendFile::Lock::theirs; ++waits) {
        if (waits >= most_flock_waits) {
            remove_if_there(path_);
            throw usage_error(
                "another hlaunch works in {}, although its {} was removed: its journal.jsonl.flock is locked; end that "
                "one, or give another folder",
                shell_quote(folder_of(path_).native()), path_.filename().native());
        }
        clock.sleep(between_tries);
    }
    beating_ = std::make_unique<Heartbeat>(path_, beat);
}

void JournalLock::take() {
    ExclusiveFile mine(folder_of(path_), text_);
    int waits = 0;
    for (int round = 0; round < rounds; ++round) {
        if (mine.publish(path_)) return;
        const auto text = read_regular_file(path_, most_lock_bytes);
        if (!text) continue;  // given back just now
        const auto found = status_of(path_, *text, flock());
        if (found.state != LockState::free) {
            // One that was just killed takes a moment to end.
            if (!found.owner || found.owner->process.boot_id != read_host_identity().boot_id || ++waits > most_waits)
                throw usage_error("{}", held_text(path_, found));
            clock_.sleep(between_tries);
            continue;
        }
        if (take_over(mine, *text)) return;
    }
    throw usage_error("{} changes hands all the time: several hlaunch start in this folder; start one", path_.native());
}

// Only who has made the mark named after the stale record may replace it, so it is replaced once. A mark whose maker
// died is never removed while its record stands: the next number is tried, and that, too, is made by one only.
bool JournalLock::take_over(ExclusiveFile& mine, const std::string& stale) const {
    const auto mark = [&](int number) { return fmt::format("{}.{}.{}", path_.native(), checksum_hex(stale), number); };
    int number = 0;
    while (!mine.publish(mark(number))) {
        const auto text = try_read_text(mark(number));
        if (!text) return false;  // it has just been done
        const auto other = status_of(mark(number), *text, AppendFile::Lock::none);
        if (other.state != LockState::free) throw usage_error("{}", held_text(path_, other));
        ++number;
    }
    // Read again: the mark may be one that was made and removed before, when the record was another's already.
    const bool still = try_read_text(path_) == stale;
    if (still) mine.replace(path_);
    for (int made = number; made >= (still ? 0 : number); --made) remove_if_there(mark(made));
    return still;
}

JournalLock::~JournalLock() {
    if (getpid() != pid_) {
        static_cast<void>(beating_.release());  // a fork has no such thread to join
        return;
    }
    beating_.reset();
    if (try_read_text(path_) == text_) remove_if_there(path_);
}

void JournalLock::heartbeat() {
    if (clock_.now() < next_beat_) return;
    next_beat_ = clock_.now() + beat;
    if (try_read_text(path_) == text_ && touch(path_)) return;
    const auto now = lock_status(path_);
    throw infrastructure_error(
        "{} is no longer ours{}; start again when nothing else works in this folder", path_.native(),
        now.owner ? fmt::format(": pid {} on {} took it over", now.owner->process.pid, now.owner->process.host)
                  : ": it was removed or moved");
}

}  // namespace hlaunch
