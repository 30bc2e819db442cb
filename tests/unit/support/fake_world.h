// A run in memory: what each tree does is the test's script, time goes on where somebody waits, signals come when the
// test says. No process, no file, no sleep.
#pragma once

#include <csignal>
#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "os/process/process_tree.h"
#include "os/reaper/launcher.h"
#include "run/journal/journal_sink.h"
#include "run/progress/progress_display.h"
#include "run/states/deadline.h"
#include "run/watch/world.h"
#include "support/hand_clock.h"

// What a tree does from its start.
struct Script {
    hlaunch::Clock::Duration runs = std::chrono::seconds(10);  // until it ends by itself
    hlaunch::ExitStatus status{};                              // then
    int heeds = SIGINT;                                        // the first signal of a stop that ends it
    std::optional<hlaunch::StartBlame> refused{};              // it does not start
    bool lost = false;                                         // at its end its reaper dies
    std::uint64_t peak_bytes = 0;
};

inline constexpr hlaunch::ExitStatus by_sigkill{.signalled = true, .code = SIGKILL};
inline constexpr hlaunch::ExitStatus exit_code_1{.signalled = false, .code = 1};

class HeardDisplay final : public hlaunch::ProgressDisplay {
  public:
    HeardDisplay() : ProgressDisplay(Style::quiet) {}
    void note(const std::string& line) override { notes.push_back(line); }
    [[nodiscard]] bool told(const std::string& part) const {
        for (const auto& note : notes)
            if (note.find(part) != std::string::npos) return true;
        return false;
    }
    std::vector<std::string> notes;
};

class FakeWorld final : public hlaunch::World, public hlaunch::Launcher, public hlaunch::JournalSink {
  public:
    using Time = hlaunch::Clock::Time;
    using Duration = hlaunch::Clock::Duration;

    void at(Duration when, std::function<void()> what) { timeline_.emplace(Time{} + when, std::move(what)); }
    void signal(int number) { signals_.push_back(number); }
    void signal_at(Duration when, int number) {
        at(when, [this, number] { signal(number); });
    }
    [[nodiscard]] double seconds() const { return std::chrono::duration<double>(clock.time - Time{}).count(); }

    // For the test to set.
    HandClock clock;
    HeardDisplay display;
    hlaunch::Deadline deadline;
    std::function<Script(unsigned slot, const hlaunch::TreeSpec& tree)> script = [](auto, const auto&) {
        return Script();
    };
    std::optional<unsigned> appends_left;  // before the journal fails
    double cpu_share = 1.0;                // of each tree
    std::uint64_t log_bytes = 0;
    hlaunch::FreeSpace free{.bytes = 1ULL << 40U, .inodes = 1U << 20U, .counts_inodes = true};
    std::uint64_t memory_kills = 0;
    std::vector<pid_t> named_kills;  // by the kernel's log, not yet read
    bool stop_file = false;
    std::function<void()> on_append;

    // What came of it.
    struct Started {
        std::string name;  // argv[0]
        unsigned slot = 0;
        double at_s = 0.0;
        pid_t pid = -1;
    };
    struct Sent {
        double at_s = 0.0;
        int number = 0;
        bool operator==(const Sent&) const = default;
    };
    std::vector<Started> started;
    std::vector<Sent> sent;
    std::vector<nlohmann::json> journal;
    std::vector<std::size_t> batches;  // lines of each append
    [[nodiscard]] bool anything_runs() const { return !trees_.empty(); }
    // "OUTCOME" of each "end" in the journal, with "+" where it is tried again.
    [[nodiscard]] std::vector<std::string> ends() const {
        std::vector<std::string> out;
        for (const auto& event : journal)
            if (event["event"] == "end")
                out.push_back(event["outcome"].get<std::string>() + (event.contains("again") ? "+" : ""));
        return out;
    }

    // World
    std::unique_ptr<hlaunch::EventSource> listen() override { return std::make_unique<Events>(*this); }
    const std::vector<hlaunch::ProcessInfo>& processes(Time) override { return none_; }
    double cpu_seconds_below(pid_t) override { return seconds() * cpu_share; }
    std::uint64_t file_bytes(const std::filesystem::path&) override { return log_bytes; }
    hlaunch::FreeSpace free_space(const std::string&) override { return free; }
    hlaunch::MemoryState memory_left(const hlaunch::IdSet&) override {
        return {.available_bytes = 1ULL << 35U, .total_bytes = 1ULL << 36U};
    }
    std::uint64_t counted_memory_kills() override { return memory_kills; }
    std::vector<pid_t> new_kernel_kills() override { return std::exchange(named_kills, {}); }
    bool take_stop_file(const std::string& path) override { return !path.empty() && std::exchange(stop_file, false); }

    // Launcher
    void start(unsigned slot, const hlaunch::TreeSpec& tree) override {
        if (trees_.contains(slot)) throw std::logic_error("a slot is used twice");
        const auto does = script(slot, tree);
        const pid_t pid = (1 << 30) + static_cast<pid_t>(started.size());
        started.push_back({tree.child.argv.front(), slot, seconds(), pid});
        trees_[slot] = {.pid = pid, .does = does, .grace = tree.grace, .stop = {}};
        in(std::chrono::milliseconds(1), pid, [this, slot, pid, does] {
            if (does.refused) return finish(slot, hlaunch::TreeEvent::Kind::start_failed, {});
            tell(slot, pid, hlaunch::TreeEvent::Kind::started);
        });
        in(does.runs, pid, [this, slot, does] {
            finish(slot, does.lost ? hlaunch::TreeEvent::Kind::lost : hlaunch::TreeEvent::Kind::ended, does.status);
        });
    }
    // As a reaper does it.
    void stop(unsigned slot) override {
        const auto tree = trees_.find(slot);
        if (tree == trees_.end() || tree->second.stop) return;
        tree->second.stop.emplace(tree->second.grace);
        step(slot);
    }
    void kill(unsigned slot) override {
        if (!trees_.contains(slot)) return;
        sent.push_back({seconds(), SIGKILL});
        finish(slot, hlaunch::TreeEvent::Kind::ended, by_sigkill);
    }
    std::vector<int> descriptors() const override { return {0}; }
    std::vector<hlaunch::TreeEvent> events() override { return std::exchange(told_, {}); }

    // JournalSink
    void append_all(std::vector<hlaunch::Event> events) override {
        if (appends_left && (*appends_left)-- == 0) throw hlaunch::infrastructure_error("no space left on device");
        batches.push_back(events.size());
        for (auto& event : events) journal.push_back(to_json(std::move(event)));
        if (on_append) on_append();
    }
    void append_soon(std::vector<hlaunch::Event> events) override { append_all(std::move(events)); }
    void sync() override {}
    void heartbeat() override {}
    std::uint64_t next_receipt() override { return ++receipt_; }

  private:
    struct Tree {
        pid_t pid = -1;
        Script does;
        hlaunch::Grace grace;
        std::optional<hlaunch::Escalation> stop;
    };
    // Signals wake whoever waits; trees only who waits for them.
    class Events final : public hlaunch::EventSource {
      public:
        explicit Events(FakeWorld& world) : world_(world) {}
        Events(const Events&) = delete;
        Events& operator=(const Events&) = delete;
        EventSource::Events wait(std::span<const int> watched, std::optional<Duration> timeout) override {
            if (!timeout || ++waits_ > 100000) throw std::logic_error("it waits for ever");
            const auto until = world_.clock.time + *timeout;
            const auto woken = [&] { return !world_.signals_.empty() || (!watched.empty() && !world_.told_.empty()); };
            while (!woken() && world_.go_on(until)) {
            }
            if (!woken()) world_.clock.time = until;
            return {.signals = std::exchange(world_.signals_, {}), .ready = {}};
        }

      private:
        FakeWorld& world_;
        unsigned waits_ = 0;
    };

    // To what comes next, and all that comes at the same time.
    bool go_on(Time until) {
        if (timeline_.empty() || timeline_.begin()->first > until) return false;
        clock.time = std::max(clock.time, timeline_.begin()->first);
        while (!timeline_.empty() && timeline_.begin()->first <= clock.time)
            timeline_.extract(timeline_.begin()).mapped()();
        return true;
    }
    // Unless the tree has ended by then.
    void in(Duration delay, pid_t pid, std::function<void()> what) {
        timeline_.emplace(clock.time + delay, [this, pid, what = std::move(what)] {
            for (const auto& [slot, tree] : trees_)
                if (tree.pid == pid) return what();
        });
    }
    void tell(unsigned slot, pid_t pid, hlaunch::TreeEvent::Kind kind) {
        hlaunch::TreeEvent event;
        event.kind = kind;
        event.slot = slot;
        event.pid = pid;
        told_.push_back(event);
    }
    void finish(unsigned slot, hlaunch::TreeEvent::Kind kind, hlaunch::ExitStatus status) {
        const auto tree = trees_.extract(slot).mapped();
        tell(slot, tree.pid, kind);
        auto& event = told_.back();
        event.status = status;
        event.peak_resident_bytes = tree.does.peak_bytes;
        if (!tree.does.refused) return;
        event.why = "the kernel refuses";
        event.blame = *tree.does.refused;
    }
    void step(unsigned slot) {
        auto& tree = trees_.at(slot);
        if (const auto number = tree.stop->step(clock.time, true)) {
            sent.push_back({seconds(), *number});
            if (*number == SIGKILL || *number == tree.does.heeds)
                return finish(slot, hlaunch::TreeEvent::Kind::ended, {.signalled = true, .code = *number});
        }
        in(std::chrono::milliseconds(100), tree.pid, [this, slot] { step(slot); });
    }

    std::multimap<Time, std::function<void()>> timeline_;
    std::vector<int> signals_;
    std::vector<hlaunch::TreeEvent> told_;
    std::map<unsigned, Tree> trees_;  // by slot
    std::vector<hlaunch::ProcessInfo> none_;
    std::uint64_t receipt_ = 0;
};
