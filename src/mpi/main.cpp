// hlaunch-mpi: what `mpirun hlaunch ...` hands over to. Starts the same hlaunch beside it, which does the work, and
// connects it with those of the other ranks.
#include <fmt/format.h>
#include <sys/wait.h>

#include <csignal>
#include <cstdio>
#include <filesystem>
#include <span>

#include "base/error.h"
#include "base/text/quantity.h"
#include "mpi/bridge.h"
#include "os/io/standard_descriptors.h"
#include "os/process/environment.h"
#include "os/process/process_tree.h"

namespace {

using namespace hlaunch;

constexpr const char* deadline_variable = "HLAUNCH_RANK_DEADLINE";  // "30s"

BridgeTimes times_of(const Environment& environment) {
    BridgeTimes out;
    if (const auto text = environment.get(deadline_variable); text && !text->empty()) {
        const double seconds = parse_duration(*text);
        if (seconds < 3.0)
            throw usage_error("{}={}: at least 3s, as signs of life come each second", deadline_variable, *text);
        out.deadline = duration_of(seconds);
    }
    return out;
}

Child start(std::span<char*> arguments, const Environment& environment, const UniqueFd& socket) {
    ChildSpec spec;
    spec.argv = {(std::filesystem::read_symlink("/proc/self/exe").parent_path() / "hlaunch").native()};
    for (const char* argument : arguments.subspan(1)) spec.argv.emplace_back(argument);
    auto own = environment;
    own.set("HLAUNCH_DESK", "3");
    spec.env = own.list();
    spec.handed_over = {socket.get(), -1};
    return spawn(spec);  // in a session of its own: mpirun kills our group a second after it has asked it to end
}

int run(int argc, char** argv) {
    sigset_t held;
    sigemptyset(&held);
    for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2}) sigaddset(&held, number);
    ::sigprocmask(SIG_BLOCK, &held, nullptr);  // before MPI starts threads
    const auto environment = Environment::current();
    const auto times = times_of(environment);
    auto pair = MessageSocket::make_pair();
    become_subreaper();
    auto child = start({argv, static_cast<std::size_t>(argc)}, environment, pair.theirs);
    pair.theirs.reset();
    MpiLink link(argc, argv);
    // One MPI's program under another's launcher finds itself alone, as rank 0 of 1, in each of its processes.
    const auto expected = environment.get("HLAUNCH_RANK").value_or(""),
               here = fmt::format("{} of {}", link.rank(), link.ranks());
    if (!expected.empty() && expected != here)
        throw usage_error(
            "the launcher says rank {}, MPI rank {}: hlaunch-mpi was built with another MPI than this launcher's; "
            "build it "
            "with this one, or remove it: ranks then share the work through their folder",
            expected, here);
    const int code = Bridge(link, pair.ours, child, held, times).run();
    link.finish();
    return code;
}

}  // namespace

int main(int argc, char** argv) {
    occupy_standard_descriptors();
    std::signal(SIGPIPE, SIG_IGN);
    try {
        return run(argc, argv);
    } catch (const Error& error) {
        fmt::print(stderr, "hlaunch: {}\n", error.what());
        return static_cast<int>(error.code());
    } catch (const std::exception& error) {
        fmt::print(stderr, "hlaunch: {}\n", error.what());
        return static_cast<int>(ExitCode::infrastructure);
    }
}
