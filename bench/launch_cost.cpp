// CPU time (user + system, of the whole child) of launching commands, batches interleaved so that a
// busy machine hits all alike.
//   launch_cost BATCHES LAUNCHES COMMAND...     each COMMAND one argument, words separated by
//   blanks
// The first command is what the others are compared with.
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fcntl.h>
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <sstream>
#include <string>
#include <vector>

namespace {

struct Command {
    std::string text;
    std::vector<std::string> words;
    std::vector<double> batches_ms;  // CPU ms a launch
};

double children_ms() {
    rusage usage{};
    ::getrusage(RUSAGE_CHILDREN, &usage);
    const auto ms = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_usec) / 1e3;
    };
    return ms(usage.ru_utime) + ms(usage.ru_stime);
}

void launch(Command& command) {
    std::vector<char*> argv;
    for (auto& word : command.words) argv.push_back(word.data());
    argv.push_back(nullptr);
    const pid_t pid = ::fork();
    if (pid == 0) {
        const int null = ::open("/dev/null", O_WRONLY);
        ::dup2(null, 1);
        ::execvp(argv[0], argv.data());
        ::_exit(127);
    }
    int status = 0;
    ::waitpid(pid, &status, 0);
    if (status != 0) {
        std::fprintf(stderr, "'%s' failed: wait status %d\n", command.text.c_str(), status);
        std::exit(1);
    }
}

double quantile(const std::vector<double>& sorted, double q) {
    return sorted[static_cast<std::size_t>(q * static_cast<double>(sorted.size() - 1) + 0.5)];
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 4) return std::fprintf(stderr, "usage: launch_cost BATCHES LAUNCHES COMMAND...\n"), 2;
    const int batches = std::atoi(argv[1]);
    const int launches = std::atoi(argv[2]);
    std::vector<Command> commands;
    for (int i = 3; i < argc; ++i) {
        Command command{argv[i], {}, {}};
        std::istringstream text(argv[i]);
        for (std::string word; text >> word;) command.words.push_back(word);
        commands.push_back(std::move(command));
    }
    for (auto& command : commands) launch(command);  // fills the page cache
    for (int batch = 0; batch < batches; ++batch)
        for (auto& command : commands) {
            const double before = children_ms();
            for (int i = 0; i < launches; ++i) launch(command);
            command.batches_ms.push_back((children_ms() - before) / launches);
        }
    // Ratios batch by batch: what slows one batch slows its neighbours.
    std::printf(
        "%8s %8s %8s   %5s %5s %12s  CPU ms a launch; ratio to the first by minimum, median, "
        "spread\n",
        "minimum", "median", "90 %", "min", "med", "10-90 %");
    const std::vector<double> reference = commands.front().batches_ms;
    const double least = *std::min_element(reference.begin(), reference.end());
    for (auto& command : commands) {
        std::vector<double> ratios;
        for (std::size_t i = 0; i < reference.size(); ++i) ratios.push_back(command.batches_ms[i] / reference[i]);
        std::sort(ratios.begin(), ratios.end());
        std::vector<double> sorted = command.batches_ms;
        std::sort(sorted.begin(), sorted.end());
        std::printf("%8.3f %8.3f %8.3f   %5.2f %5.2f   %4.2f - %4.2f  %s\n", sorted.front(), quantile(sorted, 0.5),
                    quantile(sorted, 0.9), sorted.front() / least, quantile(ratios, 0.5), quantile(ratios, 0.1),
                    quantile(ratios, 0.9), command.text.c_str());
    }
    return 0;
}
