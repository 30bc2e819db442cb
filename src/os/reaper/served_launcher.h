// One server process a slot that does one task after the other, so that its start (imports, compiled code) is paid for
// once a slot. To its user a launcher like any other: started and ended are told for each task.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "os/io/unique_fd.h"
#include "os/reaper/launcher.h"

namespace hlaunch {

// What a server opens, "/proc/PID/fd/N" of ours: no name to leak, and its requests end when we do.
struct ServerPipes {
    std::string requests, replies;
};

struct ServerAnswer {
    ExitStatus status;
    double cpu_seconds = 0.0;
    std::uint64_t resident_bytes = 0;  // of the server, now
};

// How to talk to the servers.
struct ServerSpeech {
    // What is started in a slot that has no server; first: the task it is for. Throws Error: that task's start failed.
    std::function<TreeSpec(unsigned slot, const TreeSpec& first, const ServerPipes&)> server;
    std::function<std::string(const TreeSpec&)> request;                         // one line, without its newline
    std::function<std::optional<ServerAnswer>(const std::string& line)> answer;  // nothing: no answer at all
    unsigned most_tasks = 0;                                                     // then a new server; 0: any number
    std::uint64_t most_growth_bytes = 0;  // resident, since its first answer; then a new server; 0: any
};

// A server that dies takes its task along, whose end is then the server's; the next task gets a new server. stop() and
// kill() of a task are those of its server.
class ServedLauncher final : public Launcher {
  public:
    // inner outlives this object.
    ServedLauncher(Launcher& inner, ServerSpeech speech);
    ServedLauncher(const ServedLauncher&) = delete;
    ServedLauncher& operator=(const ServedLauncher&) = delete;
    ~ServedLauncher() override;  // servers read their end and go; who has not after a while is inner's to end

    void start(unsigned slot, const TreeSpec& spec) override;
    void stop(unsigned slot) override;
    void kill(unsigned slot) override;
    [[nodiscard]] std::vector<int> descriptors() const override;
    [[nodiscard]] std::vector<TreeEvent> events() override;

    [[nodiscard]] unsigned servers_started() const { return servers_started_; }

  private:
    struct Server;

    void start_server(unsigned slot, const TreeSpec& spec);
    void ask(Server& server, const TreeSpec& spec);
    void receive(unsigned slot, Server& server);
    void on_inner(TreeEvent event);
    void tell(TreeEvent event);

    Launcher& inner_;
    ServerSpeech speech_;
    std::map<unsigned, std::unique_ptr<Server>> servers_;
    std::map<unsigned, TreeSpec> waiting_;  // for the end of a server that is no longer used
    std::vector<TreeEvent> told_;
    UniqueFd wake_;  // readable while told_ holds something
    unsigned servers_started_ = 0;
};

}  // namespace hlaunch
