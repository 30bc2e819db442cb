// The tasks of a queue with their keys, and how they ended at former starts.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <deque>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "queue/command_file.h"
#include "run/journal/events.h"

namespace hlaunch {

// How tasks ended at former starts. Eight bytes a task: there may be many.
class QueueEnds {
  public:
    // Of so many tasks: what is not used takes no memory, and nothing is copied to a larger place.
    void reserve(std::uint64_t tasks) {
        done_.reserve(tasks);
        failed_.reserve(tasks);
    }
    void note(const Event& event) {
        const auto* end = event.as<events::End>();
        if (end == nullptr || end->key.empty()) return;
        if (!end->outcome || *end->outcome == Outcome::stopped || end->again) return;
        const auto key = std::strtoull(end->key.c_str(), nullptr, 16);
        (*end->outcome == Outcome::done ? done_ : failed_).push_back(key);
    }
    void sort() {
        for (auto* keys : {&done_, &failed_}) {
            std::sort(keys->begin(), keys->end());
            keys->erase(std::unique(keys->begin(), keys->end()), keys->end());
        }
    }
    // After sort().
    [[nodiscard]] bool none() const { return done_.empty() && failed_.empty(); }
    [[nodiscard]] bool done(std::uint64_t key) const { return std::binary_search(done_.begin(), done_.end(), key); }
    [[nodiscard]] bool failed(std::uint64_t key) const {
        return !done(key) && std::binary_search(failed_.begin(), failed_.end(), key);
    }

  private:
    std::vector<std::uint64_t> done_, failed_;
};

// Tasks in the file's order, with their keys. Only of those that are alike is a count kept: memory does not grow with
// the file.
class QueueTasks {
  public:
    // where: what a task's key depends on beside its words.
    QueueTasks(CommandFile& file, std::string where) : file_(file), where_(std::move(where)) {}

    struct Keyed {
        QueuedTask task;
        std::uint64_t key = 0;
    };
    // Of all records in their order: two ranks that have the same file have the same. After check().
    [[nodiscard]] std::uint64_t fingerprint() const { return fingerprint_; }
    // Reads all, so that a bad record is told before anything is started; then begins anew. Returns how many.
    std::uint64_t check() {
        std::deque<std::uint64_t> keys;  // never held twice while it grows
        while (const auto task = file_.next()) {
            keys.push_back(task_key(task->argv, where_, 0));
            fingerprint_ = fingerprint_ * 0x100000001b3ULL ^ keys.back();  // FNV's step: order counts
        }
        std::sort(keys.begin(), keys.end());
        for (auto at = keys.begin(); (at = std::adjacent_find(at, keys.end())) != keys.end(); ++at)
            if (alike_.empty() || alike_.back().first != *at) alike_.emplace_back(*at, 0);
        rewind();
        return keys.size();
    }
    void rewind() {
        file_.rewind();
        for (auto& [key, count] : alike_) count = 0;
    }
    std::optional<Keyed> next() {
        auto task = file_.next();
        if (!task) return std::nullopt;
        auto key = task_key(task->argv, where_, 0);
        const auto alike = std::lower_bound(alike_.begin(), alike_.end(), std::pair(key, std::uint64_t{0}));
        if (alike != alike_.end() && alike->first == key) key = task_key(task->argv, where_, alike->second++);
        return Keyed{std::move(*task), key};
    }

  private:
    CommandFile& file_;
    std::string where_;
    std::uint64_t fingerprint_ = 0xcbf29ce484222325ULL;
    std::vector<std::pair<std::uint64_t, std::uint64_t>> alike_;  // key of the first, and how many came before; sorted
};

}  // namespace hlaunch
