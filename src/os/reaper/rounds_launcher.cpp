#include "os/reaper/rounds_launcher.h"

#include <fmt/format.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <condition_variable>
#include <csignal>
#include <cstring>
#include <ctime>
#include <optional>
#include <thread>
#include <utility>

#include "base/error.h"

namespace hlaunch {
namespace {

constexpr int internal_error = 70;  // EX_SOFTWARE of sysexits.h

double cpu_seconds_of_this_thread() {
    timespec time{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

void ring(int wake) {
    const std::uint64_t one = 1;
    // It can only be full of rings that were not heard yet.
    static_cast<void>(!::write(wake, &one, sizeof one));
}

}  // namespace

// Members are the mutex' but for those of one side alone, which say so.
class RoundsLauncher::Task final : public Rounds {
  public:
    Task(std::mutex& mutex, int wake) : mutex_(mutex), wake_(wake) {}
    Task(const Task&) = delete;
    Task& operator=(const Task&) = delete;
    ~Task() override {
        cut();
        if (thread_.joinable()) thread_.join();
    }

    void begin(Work work) {
        thread_ = std::thread([this, work = std::move(work)] { live(work); });
    }

    TreeEvent run(const TreeSpec& spec) override {
        std::unique_lock lock(mutex_);
        if (cut_) throw RoundsCut{};
        answer_.reset();
        asked_ = spec;
        ring(wake_);
        heard_.wait(lock, [this] { return answer_ || cut_; });
        if (cut_) throw RoundsCut{};
        return *std::exchange(answer_, std::nullopt);
    }

    void cut() {
        const std::lock_guard lock(mutex_);
        cut_ = true;
        asked_.reset();
        heard_.notify_all();
    }

    // The next, of the launcher's side under the lock.
    [[nodiscard]] std::optional<TreeSpec> take_question() { return std::exchange(asked_, std::nullopt); }
    void give_answer(TreeEvent event) {
        answer_ = std::move(event);
        heard_.notify_all();
    }
    [[nodiscard]] const std::optional<TreeEvent>& end() const { return end_; }

    // Of the launcher's side alone.
    bool in_flight = false;  // inner has a round of it
    bool announced = false;  // that it runs
    TreeEvent total;         // of its rounds: processes, CPU time, memory

  private:
    // A thread's whole life.
    void live(const Work& work) {
        TreeEvent end;
        end.kind = TreeEvent::Kind::ended;
        try {
            end.status = work(*this);
        } catch (const RoundsCut&) {
            end.status = {.signalled = true, .code = SIGTERM};
        } catch (const RoundFailed& failed) {
            end = failed.end;
        } catch (const std::exception& error) {
            end.status.code = internal_error;
            end.why = error.what();
        }
        end.cpu_seconds = cpu_seconds_of_this_thread();
        const std::lock_guard lock(mutex_);
        end_ = std::move(end);
        ring(wake_);
    }

    std::mutex& mutex_;
    int wake_;
    std::condition_variable heard_;
    std::optional<TreeSpec> asked_;
    std::optional<TreeEvent> answer_, end_;
    bool cut_ = false;
    std::thread thread_;  // of the launcher's side alone
};

RoundsLauncher::RoundsLauncher(Launcher& inner, MakeWork make_work)
    : inner_(inner), make_work_(std::move(make_work)), wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    if (!wake_) throw infrastructure_error("making an eventfd failed: {}; raise ulimit -n", std::strerror(errno));
}

RoundsLauncher::~RoundsLauncher() = default;

void RoundsLauncher::start(unsigned slot, const TreeSpec& spec) {
    auto task = std::make_unique<Task>(mutex_, wake_.get());
    task->begin(make_work_(slot, spec));
    tasks_[slot] = std::move(task);
}

void RoundsLauncher::stop(unsigned slot) {
    const auto found = tasks_.find(slot);
    if (found == tasks_.end()) return;
    found->second->cut();
    if (found->second->in_flight) inner_.stop(slot);
}

void RoundsLauncher::kill(unsigned slot) {
    const auto found = tasks_.find(slot);
    if (found == tasks_.end()) return;
    found->second->cut();
    if (found->second->in_flight) inner_.kill(slot);
}

std::vector<int> RoundsLauncher::descriptors() const {
    auto out = inner_.descriptors();
    out.push_back(wake_.get());
    return out;
}

std::vector<TreeEvent> RoundsLauncher::events() {
    std::uint64_t drained = 0;
    if (::read(wake_.get(), &drained, sizeof drained) < 0 && errno != EAGAIN)
        throw infrastructure_error("reading an eventfd failed: {}", std::strerror(errno));
    start_rounds();
    std::vector<TreeEvent> out;
    for (auto& event : inner_.events()) {
        const auto found = tasks_.find(event.slot);
        if (found == tasks_.end()) continue;
        auto& task = *found->second;
        if (event.kind == TreeEvent::Kind::started) {
            task.total.pid = event.pid;
            task.total.reaper = event.reaper;
            if (!std::exchange(task.announced, true)) out.push_back(std::move(event));
            continue;
        }
        task.in_flight = false;
        task.total.cpu_seconds += event.cpu_seconds;
        task.total.peak_resident_bytes = std::max(task.total.peak_resident_bytes, event.peak_resident_bytes);
        task.total.left_behind += event.left_behind;
        task.total.survivors += event.survivors;
        task.total.shared_memory_removed += event.shared_memory_removed;
        const std::lock_guard lock(mutex_);
        task.give_answer(std::move(event));
    }
    collect_ends(out);
    return out;
}

void RoundsLauncher::start_rounds() {
    for (auto& [slot, task] : tasks_) {
        std::optional<TreeSpec> question;
        {
            const std::lock_guard lock(mutex_);
            question = task->take_question();
        }
        if (!question) continue;
        task->in_flight = true;
        inner_.start(slot, *question);
    }
}

// A slot is free once both its thread and its round have ended.
void RoundsLauncher::collect_ends(std::vector<TreeEvent>& into) {
    for (auto at = tasks_.begin(); at != tasks_.end();) {
        auto& task = *at->second;
        std::optional<TreeEvent> end;
        if (!task.in_flight) {
            const std::lock_guard lock(mutex_);
            end = task.end();
        }
        if (!end) {
            ++at;
            continue;
        }
        end->slot = at->first;
        if (end->pid < 0) end->pid = task.total.pid;
        if (end->reaper < 0) end->reaper = task.total.reaper;
        end->cpu_seconds += task.total.cpu_seconds;
        end->peak_resident_bytes = std::max(end->peak_resident_bytes, task.total.peak_resident_bytes);
        end->left_behind = task.total.left_behind;
        end->survivors = task.total.survivors;
        end->shared_memory_removed = task.total.shared_memory_removed;
        into.push_back(std::move(*end));
        at = tasks_.erase(at);
    }
}

}  // namespace hlaunch
