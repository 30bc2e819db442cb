#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <optional>
#include <string_view>

#include "base/error.h"
#include "cli/commands/commands.h"
#include "cli/commands/exec_main.h"
#include "os/numa/binding.h"

namespace hlaunch {
namespace {

constexpr std::string_view help =
    R"(Bind this process to CPUs and memory nodes, then become CMD.
Usage: hlaunch exec --cpus LIST [--mems LIST] [--mem-policy POLICY] -- CMD ARG...

  --cpus LIST          OS indices of CPUs (hardware threads), as Linux writes them: 0-15,32-47
  --mems LIST          OS indices of NUMA nodes: 0 or 0-1
  --mem-policy POLICY  bind (the default with --mems), preferred (one node), preferred-many,
                       interleave, or local (the node of the CPU that touches a page first; needs no --mems)

Without --mems and --mem-policy the memory policy is left as it is. Exit code: CMD's own; 2 wrong usage,
3 binding impossible, 126 CMD is not executable, 127 CMD was not found.

Example: hlaunch exec --cpus 16-31 --mems 1 -- homodyne --config scan.yaml --output-dir out
)";

struct Request {
    Binding binding;
    std::span<char*> command;  // null-terminated
    bool help = false;
};

// "--name VALUE" or "--name=VALUE" at args[at]; moves `at` past it.
std::optional<std::string_view> take_option(std::string_view name, std::span<char*> args, std::size_t& at) {
    const std::string_view word(args[at]);
    if (!word.starts_with(name)) return std::nullopt;
    const auto rest = word.substr(name.size());
    if (rest.starts_with('=')) {
        ++at;
        return rest.substr(1);
    }
    if (!rest.empty()) return std::nullopt;
    if (at + 1 >= args.size()) throw usage_error("exec: {} needs a value; see hlaunch exec --help", name);
    at += 2;
    return args[at - 1];
}

IdSet parse_ids(std::string_view option, std::string_view list) {
    IdSet ids = IdSet::parse(list);
    if (ids.empty()) throw usage_error("exec: {} is an empty list; name at least one id", option);
    return ids;
}

Request parse_request(std::span<char*> args) {
    Request request;
    std::optional<MemPolicy> policy;
    std::size_t at = 0;
    while (at < args.size()) {
        const std::string_view word(args[at]);
        if (word == "--") {
            ++at;
            break;
        }
        if (word == "--help" || word == "-h") {
            request.help = true;
            return request;
        }
        if (const auto cpus = take_option("--cpus", args, at)) {
            request.binding.cpus = parse_ids("--cpus", *cpus);
        } else if (const auto mems = take_option("--mems", args, at)) {
            request.binding.mems = parse_ids("--mems", *mems);
        } else if (const auto name = take_option("--mem-policy", args, at)) {
            policy = parse_mem_policy(*name);
        } else if (word.starts_with('-')) {
            throw usage_error("exec: unknown option '{}'; put -- before the command, see hlaunch exec --help", word);
        } else {
            break;
        }
    }
    request.command = args.subspan(at);
    if (request.command.empty())
        throw usage_error("exec: no command is given; write hlaunch exec --cpus LIST -- CMD ARG...");
    if (request.binding.cpus.empty() && request.binding.mems.empty() && !policy)
        throw usage_error("exec: nothing to bind to; give --cpus LIST, --mems LIST or both");
    if (policy && *policy != MemPolicy::local && request.binding.mems.empty())
        throw usage_error("exec: --mem-policy {} needs --mems LIST", to_string(*policy));
    request.binding.policy = policy.value_or(MemPolicy::bind);
    return request;
}

int become(const Request& request) {
    PreparedBinding binding(request.binding);
    if (const BindOutcome outcome = binding.apply(); !outcome.ok()) {
        const auto error = binding.explain(outcome);
        const bool refused =
            outcome.failed == BindStage::set_policy && (outcome.error == EPERM || outcome.error == ENOSYS);
        throw Error(error.code(), error.what() + std::string(refused ? ", or use --mem-policy local" : ""));
    }
    ::execvp(request.command.front(), request.command.data());
    const int error = errno;
    std::fprintf(stderr, "hlaunch: exec: starting '%s' failed: %s\n", request.command.front(), std::strerror(error));
    return error == ENOENT ? 127 : 126;
}

}  // namespace

int exec_main(std::span<char*> args) noexcept {
    try {
        const Request request = parse_request(args);
        if (!request.help) return become(request);
        std::fwrite(help.data(), 1, help.size(), stdout);
        return std::fflush(stdout) == 0 ? 0 : static_cast<int>(ExitCode::infrastructure);
    } catch (const Error& error) {
        std::fprintf(stderr, "hlaunch: %s\n", error.what());
        return static_cast<int>(error.code());
    } catch (const std::exception& error) {
        std::fprintf(stderr, "hlaunch: exec: %s\n", error.what());
        return static_cast<int>(ExitCode::infrastructure);
    }
}

// Only for the list of commands in --help: main() calls exec_main() before it makes an App.
void add_exec_command(CLI::App& app, int& exit_code) {
    CLI::App* exec = app.add_subcommand("exec", "Bind this process to CPUs and memory nodes, then become a command");
    exec->footer(
        "Example: hlaunch exec --cpus 16-31 --mems 1 -- homodyne --config scan.yaml --output-dir "
        "out");
    exec->prefix_command();
    exec->callback([exec, &exit_code] {
        std::vector<std::string> words = exec->remaining();
        std::vector<char*> args;
        for (auto& word : words) args.push_back(word.data());
        args.push_back(nullptr);
        exit_code = exec_main(std::span(args).first(words.size()));
    });
}

}  // namespace hlaunch
