#include "os/reaper/served_launcher.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <array>

#include "base/error.h"
#include "catch.h"

using namespace hlaunch;

namespace {

// Stands in for reapers: the test plays the servers.
class FakeLauncher final : public Launcher {
  public:
    std::vector<std::pair<unsigned, TreeSpec>> started;
    std::vector<unsigned> stopped, killed;
    std::vector<TreeEvent> next;

    void start(unsigned slot, const TreeSpec& spec) override { started.emplace_back(slot, spec); }
    void stop(unsigned slot) override { stopped.push_back(slot); }
    void kill(unsigned slot) override { killed.push_back(slot); }
    std::vector<int> descriptors() const override { return {}; }
    std::vector<TreeEvent> events() override { return std::exchange(next, {}); }

    void tell(TreeEvent::Kind kind, unsigned slot, pid_t pid = 100, int code = 0, double cpu_seconds = 0.0) {
        TreeEvent event;
        event.kind = kind;
        event.slot = slot;
        event.pid = pid;
        event.status.code = code;
        event.cpu_seconds = cpu_seconds;
        next.push_back(std::move(event));
    }
};

// The server's side of the pipes, opened by name as it does.
struct Server {
    UniqueFd requests, replies;
    explicit Server(const TreeSpec& spec)
        : requests(::open(spec.child.argv.at(0).c_str(), O_RDONLY | O_CLOEXEC)),
          replies(::open(spec.child.argv.at(1).c_str(), O_WRONLY | O_CLOEXEC)) {
        REQUIRE(requests);
        REQUIRE(replies);
    }
    [[nodiscard]] bool has_request() const {
        pollfd polled{requests.get(), POLLIN, 0};
        return ::poll(&polled, 1, 0) == 1 && (polled.revents & POLLIN) != 0;
    }
    [[nodiscard]] bool at_end() const {
        pollfd polled{requests.get(), POLLIN, 0};
        return ::poll(&polled, 1, 0) == 1 && (polled.revents & POLLHUP) != 0 && (polled.revents & POLLIN) == 0;
    }
    [[nodiscard]] std::string request() const {
        std::array<char, 256> text{};
        const auto count = ::read(requests.get(), text.data(), text.size());
        return {text.data(), static_cast<std::size_t>(std::max<ssize_t>(0, count))};
    }
    void say(const std::string& text) const {
        REQUIRE(::write(replies.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size()));
    }
};

struct Bench {
    FakeLauncher inner;
    ServedLauncher served;

    explicit Bench(unsigned most_tasks = 0, std::uint64_t most_growth_bytes = 0)
        : served(inner, {.server =
                             [](unsigned, const TreeSpec&, const ServerPipes& pipes) {
                                 TreeSpec out;
                                 out.child.argv = {pipes.requests, pipes.replies};
                                 return out;
                             },
                         .request = [](const TreeSpec& spec) { return spec.child.argv.at(0); },
                         .answer = [](const std::string& line) -> std::optional<ServerAnswer> {
                             if (line == "what?") return std::nullopt;
                             ServerAnswer out;  // "CODE BYTES"
                             out.status.code = std::stoi(line);
                             out.resident_bytes = std::stoul(line.substr(line.find(' ')));
                             out.cpu_seconds = 2.0;
                             return out;
                         },
                         .most_tasks = most_tasks,
                         .most_growth_bytes = most_growth_bytes}) {}
    ~Bench() {
        // So that the launcher's end need not wait for servers that nobody plays any more.
        for (unsigned slot = 0; slot < 4; ++slot) inner.tell(TreeEvent::Kind::ended, slot);
    }
    Bench(const Bench&) = delete;
    Bench& operator=(const Bench&) = delete;

    static TreeSpec task(const std::string& name) {
        TreeSpec out;
        out.child.argv = {name};
        return out;
    }
};

using Kind = TreeEvent::Kind;

}  // namespace

TEST_CASE("one server does a slot's tasks one after the other", "[served_launcher]") {
    Bench bench;
    bench.served.start(1, Bench::task("first"));
    REQUIRE(bench.inner.started.size() == 1);
    const Server server(bench.inner.started[0].second);
    CHECK(bench.served.events().empty());
    bench.inner.tell(Kind::started, 1, 77);
    auto events = bench.served.events();
    REQUIRE(events.size() == 1);
    CHECK(events[0].kind == Kind::started);
    CHECK(events[0].pid == 77);
    CHECK(server.request() == "first\n");
    server.say("3 10\n");
    events = bench.served.events();
    REQUIRE(events.size() == 1);
    CHECK(events[0].kind == Kind::ended);
    CHECK(events[0].slot == 1);
    CHECK(events[0].status.code == 3);
    CHECK(events[0].cpu_seconds == 2.0);
    bench.served.start(1, Bench::task("second"));
    events = bench.served.events();
    REQUIRE(events.size() == 1);
    CHECK(events[0].kind == Kind::started);
    CHECK(events[0].pid == 77);
    CHECK(server.request() == "second\n");
    CHECK(bench.inner.started.size() == 1);
}

TEST_CASE("an answer is taken when it is whole", "[served_launcher]") {
    Bench bench;
    bench.served.start(0, Bench::task("a"));
    const Server server(bench.inner.started[0].second);
    bench.inner.tell(Kind::started, 0);
    CHECK(bench.served.events().size() == 1);
    server.say("0 1");
    CHECK(bench.served.events().empty());
    server.say("0\n");
    CHECK(bench.served.events().size() == 1);
}

TEST_CASE("a server that dies takes its task along, and the next one gets another", "[served_launcher]") {
    Bench bench;
    bench.served.start(0, Bench::task("a"));
    bench.inner.tell(Kind::started, 0);
    CHECK(bench.served.events().size() == 1);
    bench.inner.tell(Kind::ended, 0, 100, 9, 5.0);
    auto events = bench.served.events();
    REQUIRE(events.size() == 1);
    CHECK(events[0].kind == Kind::ended);
    CHECK(events[0].status.code == 9);
    CHECK(events[0].cpu_seconds == 5.0);
    bench.served.start(0, Bench::task("b"));
    CHECK(bench.inner.started.size() == 2);
}

TEST_CASE("what a server said before its end counts", "[served_launcher]") {
    Bench bench;
    bench.served.start(0, Bench::task("a"));
    const Server server(bench.inner.started[0].second);
    bench.inner.tell(Kind::started, 0);
    bench.inner.tell(Kind::ended, 0, 100, 1);
    server.say("0 10\n");
    const auto events = bench.served.events();
    REQUIRE(events.size() == 2);
    CHECK(events[1].kind == Kind::ended);
    CHECK(events[1].status.code == 0);
}

TEST_CASE("an end without an answer is no success", "[served_launcher]") {
    Bench bench;
    bench.served.start(0, Bench::task("a"));
    bench.inner.tell(Kind::started, 0);
    bench.inner.tell(Kind::ended, 0, 100, 0);
    const auto events = bench.served.events();
    REQUIRE(events.size() == 2);
    CHECK(events[1].kind == Kind::lost);
}

TEST_CASE("a server that dies idle is nobody's end", "[served_launcher]") {
    Bench bench;
    bench.served.start(0, Bench::task("a"));
    const Server server(bench.inner.started[0].second);
    bench.inner.tell(Kind::started, 0);
    server.say("0 10\n");
    CHECK(bench.served.events().size() == 2);
    bench.inner.tell(Kind::ended, 0, 100, 9);
    CHECK(bench.served.events().empty());
    bench.served.stop(0);
    CHECK(bench.inner.stopped.empty());
}

TEST_CASE("after so many tasks, or grown so much, a server is followed by a new one", "[served_launcher]") {
    const bool by_growth = GENERATE(false, true);
    Bench bench(by_growth ? 0 : 2, by_growth ? 100 : 0);
    bench.served.start(0, Bench::task("a"));
    const Server server(bench.inner.started[0].second);
    bench.inner.tell(Kind::started, 0);
    server.say("0 1000\n");
    CHECK(bench.served.events().size() == 2);
    bench.served.start(0, Bench::task("b"));
    CHECK(bench.served.events().size() == 1);
    CHECK(server.request() == "a\nb\n");
    server.say("0 1101\n");
    CHECK(bench.served.events().size() == 1);
    CHECK(server.at_end());
    bench.served.start(0, Bench::task("c"));  // waits until the old one has gone
    CHECK(bench.served.events().empty());
    CHECK(bench.inner.started.size() == 1);
    bench.inner.tell(Kind::ended, 0);
    CHECK(bench.served.events().empty());
    REQUIRE(bench.inner.started.size() == 2);
    const Server second(bench.inner.started[1].second);
    CHECK(second.request() == "c\n");
    CHECK(bench.served.servers_started() == 2);
}

TEST_CASE("a task is stopped by stopping its server, and an answer nobody understands ends it", "[served_launcher]") {
    Bench bench;
    bench.served.start(2, Bench::task("a"));
    const Server server(bench.inner.started[0].second);
    bench.inner.tell(Kind::started, 2);
    CHECK(bench.served.events().size() == 1);
    bench.served.stop(2);
    CHECK(bench.inner.stopped == std::vector<unsigned>{2});
    server.say("what?\n");
    CHECK(bench.served.events().empty());
    CHECK(bench.inner.killed == std::vector<unsigned>{2});
}

TEST_CASE("a server that cannot be started is the task's failure", "[served_launcher]") {
    FakeLauncher inner;
    ServedLauncher served(inner, {.server = [](unsigned, const TreeSpec&, const ServerPipes&) -> TreeSpec {
                                      throw infrastructure_error("no room");
                                  },
                                  .request = [](const TreeSpec&) { return std::string("x"); },
                                  .answer = [](const std::string&) { return std::optional<ServerAnswer>(); }});
    served.start(0, Bench::task("a"));
    pollfd polled{served.descriptors().front(), POLLIN, 0};
    CHECK(::poll(&polled, 1, 0) == 1);
    const auto events = served.events();
    REQUIRE(events.size() == 1);
    CHECK(events[0].kind == Kind::start_failed);
    CHECK(events[0].why == "no room");
    CHECK(inner.started.empty());
}
