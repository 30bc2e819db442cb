#include "run/journal/journal_file.h"

#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <nlohmann/json.hpp>
#include <random>

#include "base/error.h"
#include "catch.h"
#include "run/journal/journal.h"
#include "support/temporary_folder.h"

using namespace hlaunch;

namespace {

// Goes backward at each look: the order of the file must not depend on it.
class BackwardClock final : public Clock {
  public:
    [[nodiscard]] Time now() const override { return {}; }
    [[nodiscard]] std::chrono::system_clock::time_point wall() const override { return wall_ -= std::chrono::hours(1); }
    void sleep(Duration) override {}

  private:
    mutable std::chrono::system_clock::time_point wall_{std::chrono::hours(24 * 365 * 50)};
};

std::vector<int> numbers(const std::vector<nlohmann::json>& events) {
    std::vector<int> out;
    for (const auto& event : events) out.push_back(event.at("n"));
    return out;
}

Event numbered(int n) {
    return parse_event({{"event", "e"}, {"n", n}});
}

// What is there as it is opened.
struct Opened {
    Opened(const std::string& path, Clock& clock, JournalFile::Start start = JournalFile::Start::resume)
        : journal(path, clock, start, {}, [this](const Event& event) { events.push_back(to_json(event)); }) {}
    std::vector<nlohmann::json> events;
    JournalFile journal;
};

void write(const std::string& path, const std::string& text) {
    std::ofstream(path, std::ios::binary) << text;
}

std::string complaint(const std::string& path, Clock& clock) {
    try {
        const JournalFile journal(path, clock);
    } catch (const Error& error) {
        CHECK(error.code() == ExitCode::usage);
        return error.what();
    }
    return {};
}

}  // namespace

TEST_CASE("a journal begins with its version and keeps the order of the file, whatever the clock does") {
    const TemporaryFolder folder(true);
    const auto path = (folder / "j").native();
    BackwardClock clock;
    for (int n = 0; n < 6; n += 2) {
        Opened opened(path, clock);
        auto& journal = opened.journal;
        CHECK(opened.events.size() == static_cast<std::size_t>(n));
        journal.append(numbered(n));
        journal.append(numbered(n + 1));
    }
    const auto read = read_journal(read_text(path));
    CHECK(numbers(read.events) == std::vector{0, 1, 2, 3, 4, 5});
    CHECK(read.events[0]["time"] > read.events[1]["time"]);
    const auto text = read_text(path);
    CHECK(text.substr(17, text.find('\n') - 17).find(R"({"event":"journal","time":)") == 0);
    CHECK(std::distance(std::filesystem::directory_iterator(folder.path()), {}) == 1);  // no lock left
    const Opened over(path, clock, JournalFile::Start::over);
    CHECK(over.events.empty());
    CHECK(read_journal(read_text(path)).events.empty());
}

TEST_CASE("torn at every byte offset, a journal is continued and then reads whole") {
    const TemporaryFolder folder(true);
    const auto path = (folder / "j").native();
    BackwardClock clock;
    {
        JournalFile journal(path, clock);
        for (int n = 0; n < 3; ++n) journal.append(numbered(n));
    }
    const auto whole = read_text(path);
    for (std::size_t size = 0; size <= whole.size(); ++size) {
        write(path, whole.substr(0, size));
        const auto lines = std::count(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size), '\n');
        std::vector<int> expected;
        for (int n = 0; n + 1 < lines; ++n) expected.push_back(n);
        REQUIRE(numbers(read_journal(read_text(path)).events) == expected);
        {
            Opened opened(path, clock);
            REQUIRE(numbers(opened.events) == expected);
            opened.journal.append(numbered(9));
        }
        expected.push_back(9);
        const auto read = read_journal(read_text(path));
        REQUIRE(numbers(read.events) == expected);
        REQUIRE(read.dropped_bytes == 0);
        REQUIRE(read.damaged_lines == 0);
    }
}

TEST_CASE("a damaged line in the middle is reported and stays; nothing after it is lost") {
    const TemporaryFolder folder(true);
    const auto path = (folder / "j").native();
    BackwardClock clock;
    auto text = journal_line({{"event", "e"}, {"n", 0}});
    const auto at = text.size() + 20;
    text += journal_line({{"event", "e"}, {"n", 1}}) + journal_line({{"event", "e"}, {"n", 2}});
    text[at] = static_cast<char>(text[at] ^ 1);
    write(path, text + "torn");
    const Opened opened(path, clock);
    const auto& journal = opened.journal;
    CHECK(numbers(opened.events) == std::vector{0, 2});
    CHECK(journal.damaged_lines() == 1);
    CHECK(journal.dropped_bytes() == 4);
    CHECK_THAT(journal.damage_text(), contains_text("1 line is damaged"));
    CHECK(read_text(path) == text);  // an older journal has no header and gets none
}

TEST_CASE("a newer journal and another's file are refused and left as they are") {
    const TemporaryFolder folder(true);
    const auto path = (folder / "j").native();
    BackwardClock clock;
    for (const auto& [text, why] : std::vector<std::pair<std::string, std::string>>{
             {journal_line({{"event", "journal"}, {"version", 2}}) + "whatever version 2 is", "newer hlaunch"},
             {"my notes\n", "is no journal of hlaunch"}}) {
        write(path, text);
        CHECK_THAT(complaint(path, clock), contains_text(why));
        CHECK(read_text(path) == text);
    }
}

TEST_CASE("a second writer is refused; who only looks is not, and sees the owner") {
    const TemporaryFolder folder(true);
    const auto path = (folder / "j").native();
    BackwardClock clock;
    JournalFile journal(path, clock);
    journal.append(numbered(1));
    CHECK_THAT(complaint(path, clock), contains_text("another hlaunch works in"));
    CHECK(read_journal(read_text(path)).events.size() == 1);
    const auto status = lock_status(path + ".lock");
    CHECK(status.state == LockState::held);
    REQUIRE(status.owner);
    CHECK(status.owner->process.pid == getpid());
}

TEST_CASE("many events go down together, each is told, and who opens it next gets those that are there") {
    const TemporaryFolder folder(true);
    const auto path = (folder / "j").native();
    BackwardClock clock;
    {
        JournalFile journal(path, clock);
        journal.append_all({numbered(1), numbered(2)});
        std::size_t heard = 0;
        journal.tee([&](const nlohmann::json& event) { heard += event.contains("time") ? 1 : 0; });
        journal.append(numbered(3));
        CHECK(heard == 1);
        CHECK(journal.history().kinds.empty());
        journal.append(events::Queue{.tasks = 5, .keyed = true});
        CHECK(journal.history().kinds == std::vector<std::string>{"queue"});
    }
    Opened opened(path, clock);
    CHECK(opened.journal.history().kinds == std::vector<std::string>{"queue"});
    REQUIRE(opened.events.size() == 4);
    CHECK(opened.events.back()["tasks"] == 5);
    opened.events.pop_back();
    CHECK(numbers(opened.events) == std::vector{1, 2, 3});
}

TEST_CASE("an append that the disk does not take leaves the journal as it was") {
    const TemporaryFolder folder(true);
    const auto path = (folder / "j").native();
    BackwardClock clock;
    JournalFile journal(path, clock);
    journal.append(numbered(1));
    const auto before = read_text(path);
    struct rlimit old {};
    ::getrlimit(RLIMIT_FSIZE, &old);
    const auto handler = std::signal(SIGXFSZ, SIG_IGN);
    std::string said;
    for (rlim_t room = 0; room < 60; room += 7) {
        const struct rlimit tight { before.size() + room, old.rlim_max };
        ::setrlimit(RLIMIT_FSIZE, &tight);
        try {
            journal.append_all({numbered(2), events::Fitted{.stage = "nlsq", .hash = "h"}});
        } catch (const Error& error) {
            said = error.what();
            CHECK(error.code() == ExitCode::infrastructure);
        }
        ::setrlimit(RLIMIT_FSIZE, &old);
        CHECK_THAT(said, contains_text("File too large; raise the limit"));
        REQUIRE(read_text(path) == before);
    }
    std::signal(SIGXFSZ, handler);
    CHECK(journal.history().fitted.empty());
    journal.append(numbered(4));
    CHECK(numbers(read_journal(read_text(path)).events) == std::vector{1, 4});
    std::filesystem::remove(path);
    CHECK_THROWS_WITH(journal.append(numbered(5)), contains_text("was removed while it was in use"));
    CHECK_FALSE(journal.try_append(numbered(5)));
}

// Against a model: what append() returned from is never lost; what it did not is all there or not at all.
TEST_CASE("any order of appends, kills and resumes loses nothing that was on disk") {
    const auto seed = 1U;  // the same cases each time
    INFO("seed " << seed);
    std::mt19937 random(seed);
    const TemporaryFolder folder(true);
    const auto path = (folder / "j").native();
    BackwardClock clock;
    std::vector<int> model;
    std::size_t sure_bytes = 0;
    int next = 0;
    for (int round = 0; round < 300; ++round) {
        {
            Opened opened(path, clock);
            auto& journal = opened.journal;
            REQUIRE(numbers(opened.events) == model);
            for (auto count = random() % 4; count > 0; --count) {
                std::vector<Event> batch;
                for (auto size = 1 + random() % 3; size > 0; --size) {
                    batch.push_back(
                        parse_event({{"event", "e"}, {"n", next}, {"text", std::string(random() % 50, 'x')}}));
                    model.push_back(next++);
                }
                journal.append_all(std::move(batch));
            }
            sure_bytes = std::filesystem::file_size(path);
        }
        if (random() % 2 == 0) {  // killed in the middle of the next append
            const auto line = journal_line({{"event", "e"}, {"n", next}});
            const auto part = random() % (line.size() + 1);
            std::ofstream(path, std::ios::binary | std::ios::app) << line.substr(0, part);
            if (part == line.size()) model.push_back(next);
            ++next;
        } else if (random() % 4 == 0) {  // a disk that lost what it had said to have
            const auto text = read_text(path).substr(0, random() % (sure_bytes + 1));
            write(path, text);
            model = numbers(read_journal(text).events);
        }
    }
    REQUIRE(numbers(read_journal(read_text(path)).events) == model);
}

TEST_CASE("an end that only a reaper wrote down is entered once; a stop and a kill with hlaunch are no ends") {
    const TemporaryFolder folder(true);
    const auto path = (folder / "j").native();
    SystemClock clock;
    const auto receipts = path + ".receipts";
    std::string told;
    {
        JournalFile journal(path, clock);
        std::vector<std::uint64_t> ids{0};
        for (const unsigned task : {1U, 2U, 3U, 4U, 5U}) {
            ids.push_back(journal.next_receipt());
            journal.append(events::Start{.task = task, .receipt = ids.back()});
        }
        journal.append(events::End{.task = 1, .receipt = ids[1], .outcome = Outcome::done});
        for (const auto& receipt :
             {Receipt{.id = ids[1], .status = {false, 0}}, Receipt{.id = ids[2], .status = {false, 0}},
              Receipt{.id = ids[3], .status = {false, 4}},
              Receipt{.id = ids[4], .status = {true, SIGINT}, .stopped = true}, Receipt{.id = 9, .status = {false, 0}}})
            told += receipt_line(receipt);
    }
    CHECK(std::filesystem::exists(receipts));  // tries are open: somebody may still write
    write(receipts, told + "torn");
    for (int start = 0; start < 2; ++start) {
        const Opened opened(path, clock);
        const auto& journal = opened.journal;
        std::vector<std::string> ends;
        for (const auto& event : opened.events)
            if (event.at("event") == "end")
                ends.push_back(
                    fmt::format("{} {}", event.at("task").get<int>(), event.at("outcome").get<std::string>()));
        CHECK(ends == std::vector<std::string>{"1 done", "2 done", "3 crashed", "4 stopped", "5 stopped"});
        CHECK(journal.left_open() == (start == 0));
    }
    CHECK_FALSE(std::filesystem::exists(receipts));
    std::uint64_t id = 0;
    {
        JournalFile journal(path, clock);
        id = journal.next_receipt();
        journal.append(events::Start{.task = 6, .receipt = id});
    }
    write(receipts, receipt_line({.id = id, .status = {true, SIGKILL}}));
    std::vector<std::string> ends;
    {
        const Opened opened(path, clock);
        for (const auto& event : opened.events)
            if (event.at("event") == "end" && event.at("task") == 6) ends.push_back(event.at("outcome"));
        CHECK(ends == std::vector<std::string>{"stopped"});
    }
    // Starting over forgets what was done, not that something may still be at work.
    {
        JournalFile journal(path, clock);
        journal.append(events::Start{.task = 7, .receipt = journal.next_receipt()});
    }
    CHECK(JournalFile(path, clock, JournalFile::Start::over).left_open());
    CHECK_FALSE(JournalFile(path, clock, JournalFile::Start::over).left_open());
}
