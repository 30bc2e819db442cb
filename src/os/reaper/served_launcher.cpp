#include "os/reaper/served_launcher.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/clock.h"
#include "base/error.h"

namespace hlaunch {
namespace {

constexpr auto farewell = std::chrono::seconds(5);  // for servers that were told that no more comes

std::string name_of(const UniqueFd& fd) {
    return fmt::format("/proc/{}/fd/{}", ::getpid(), fd.get());
}

}  // namespace

// Both ends of both pipes stay open here: the server opens its own by name, and until then nobody must read an end.
struct ServedLauncher::Server {
    struct Pipe {
        UniqueFd read, write;
    };
    static Pipe make_pipe() {
        std::array<int, 2> ends{};
        if (::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) != 0)
            throw infrastructure_error("making a pipe failed: {}; raise ulimit -n", std::strerror(errno));
        return {UniqueFd(ends[0]), UniqueFd(ends[1])};
    }

    Pipe requests = make_pipe(), replies = make_pipe();
    pid_t pid = -1, reaper = -1;
    bool running = false;    // inner has said so
    bool busy = false;       // with a task
    bool announced = false;  // that the task runs
    bool retired = false;    // told that no more comes
    unsigned tasks = 0;
    double cpu_seconds = 0.0;  // of answered tasks
    std::optional<std::uint64_t> first_resident_bytes;
    std::string heard;

    void retire() {
        retired = true;
        requests.write.reset();
        requests.read.reset();
    }
};

ServedLauncher::ServedLauncher(Launcher& inner, ServerSpeech speech)
    : inner_(inner), speech_(std::move(speech)), wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    if (!wake_) throw infrastructure_error("making an eventfd failed: {}; raise ulimit -n", std::strerror(errno));
}

ServedLauncher::~ServedLauncher() {
    for (auto& [slot, server] : servers_) {
        server->retire();
        if (server->busy) inner_.stop(slot);
    }
    SystemClock clock;
    const auto deadline = clock.now() + farewell;
    try {
        while (!servers_.empty() && clock.now() < deadline) {
            std::vector<pollfd> polled;
            for (const int fd : inner_.descriptors()) polled.push_back({fd, POLLIN, 0});
            ::poll(polled.data(), polled.size(), 100);
            for (const auto& event : inner_.events())
                if (event.kind != TreeEvent::Kind::started) servers_.erase(event.slot);
        }
    } catch (const Error&) {
        return;  // inner's own end ends them
    }
}

void ServedLauncher::tell(TreeEvent event) {
    told_.push_back(std::move(event));
    const std::uint64_t one = 1;
    if (::write(wake_.get(), &one, sizeof one) < 0 && errno != EAGAIN)
        throw infrastructure_error("writing to an eventfd failed: {}", std::strerror(errno));
}

void ServedLauncher::start(unsigned slot, const TreeSpec& spec) {
    try {
        const auto found = servers_.find(slot);
        if (found == servers_.end())
            start_server(slot, spec);
        else if (found->second->retired)
            waiting_[slot] = spec;
        else
            ask(*found->second, spec);
    } catch (const Error& error) {
        TreeEvent failed;
        failed.kind = TreeEvent::Kind::start_failed;
        failed.slot = slot;
        failed.why = error.what();
        tell(std::move(failed));
        return;
    }
    if (const auto found = servers_.find(slot); found != servers_.end() && found->second->running) {
        auto& server = *found->second;
        if (!server.busy || std::exchange(server.announced, true)) return;
        TreeEvent started;
        started.kind = TreeEvent::Kind::started;
        started.slot = slot;
        started.pid = server.pid;
        started.reaper = server.reaper;
        tell(std::move(started));
    }
}

void ServedLauncher::start_server(unsigned slot, const TreeSpec& spec) {
    auto server = std::make_unique<Server>();
    const auto tree = speech_.server(slot, spec, {name_of(server->requests.read), name_of(server->replies.write)});
    ask(*server, spec);
    inner_.start(slot, tree);
    servers_[slot] = std::move(server);
    ++servers_started_;
}

void ServedLauncher::ask(Server& server, const TreeSpec& spec) {
    const auto line = speech_.request(spec) + "\n";
    // The one before was read, so the pipe is empty.
    const ssize_t sent = ::write(server.requests.write.get(), line.data(), line.size());
    if (sent != static_cast<ssize_t>(line.size())) {
        server.retire();
        throw infrastructure_error("a request of {} bytes does not go through a pipe: {}", line.size(),
                                   sent < 0 ? std::strerror(errno) : "it is too long");
    }
    server.busy = true;
    server.announced = false;
    ++server.tasks;
}

void ServedLauncher::stop(unsigned slot) {
    if (const auto found = servers_.find(slot); found != servers_.end() && found->second->busy) inner_.stop(slot);
}

void ServedLauncher::kill(unsigned slot) {
    if (const auto found = servers_.find(slot); found != servers_.end() && found->second->busy) inner_.kill(slot);
}

std::vector<int> ServedLauncher::descriptors() const {
    auto out = inner_.descriptors();
    out.push_back(wake_.get());
    for (const auto& [slot, server] : servers_) out.push_back(server->replies.read.get());
    return out;
}

std::vector<TreeEvent> ServedLauncher::events() {
    std::uint64_t drained = 0;
    if (::read(wake_.get(), &drained, sizeof drained) < 0 && errno != EAGAIN)
        throw infrastructure_error("reading an eventfd failed: {}", std::strerror(errno));
    // First what inner has to say of starts: a task that ended has begun before. What a server said before its end
    // counts.
    auto inner = inner_.events();
    for (auto& event : inner)
        if (event.kind == TreeEvent::Kind::started) on_inner(std::move(event));
    for (auto& [slot, server] : servers_) receive(slot, *server);
    for (auto& event : inner)
        if (event.kind != TreeEvent::Kind::started) on_inner(std::move(event));
    return std::exchange(told_, {});
}

void ServedLauncher::receive(unsigned slot, Server& server) {
    std::array<char, 4096> buffer;  // NOLINT: filled by read
    for (;;) {
        const ssize_t count = ::read(server.replies.read.get(), buffer.data(), buffer.size());
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) break;
        server.heard.append(buffer.data(), static_cast<std::size_t>(count));
    }
    const auto end = server.heard.find('\n');
    if (end == std::string::npos || !server.busy) return;
    const auto answer = speech_.answer(server.heard.substr(0, end));
    server.heard.clear();
    if (!answer) {
        inner_.kill(slot);  // who knows what it does; its end is the task's
        return;
    }
    server.busy = false;
    server.cpu_seconds += answer->cpu_seconds;
    if (!server.first_resident_bytes) server.first_resident_bytes = answer->resident_bytes;
    TreeEvent ended;
    ended.kind = TreeEvent::Kind::ended;
    ended.slot = slot;
    ended.pid = server.pid;
    ended.reaper = server.reaper;
    ended.status = answer->status;
    ended.cpu_seconds = answer->cpu_seconds;
    ended.peak_resident_bytes = answer->resident_bytes;
    told_.push_back(std::move(ended));
    const bool grown = speech_.most_growth_bytes > 0 &&
                       answer->resident_bytes > *server.first_resident_bytes + speech_.most_growth_bytes;
    if (grown || (speech_.most_tasks > 0 && server.tasks >= speech_.most_tasks)) server.retire();
}

void ServedLauncher::on_inner(TreeEvent event) {
    const auto found = servers_.find(event.slot);
    if (found == servers_.end()) return;
    auto& server = *found->second;
    if (event.kind == TreeEvent::Kind::started) {
        server.running = true;
        server.pid = event.pid;
        server.reaper = event.reaper;
        if (server.busy && !std::exchange(server.announced, true)) told_.push_back(std::move(event));
        return;
    }
    const bool busy = server.busy;
    const double before = server.cpu_seconds;
    servers_.erase(found);
    if (busy) {
        event.cpu_seconds = std::max(0.0, event.cpu_seconds - before);
        // It left without an answer, so that nothing is known of its task.
        if (event.kind == TreeEvent::Kind::ended && event.status.ok()) {
            event.kind = TreeEvent::Kind::lost;
            event.why = "the process that served it ended without an answer";
        }
        told_.push_back(std::move(event));
    }
    if (auto next = waiting_.extract(event.slot)) start(next.key(), next.mapped());
}

}  // namespace hlaunch
