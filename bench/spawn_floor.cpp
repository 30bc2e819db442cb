// The least that running commands costs: posix_spawn and wait, two at a time, nothing else.
//   spawn_floor TASKS AT_ONCE PROGRAM     PROGRAM by its absolute path; it gets the task's number as its argument
#include <spawn.h>
#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <cstdlib>

extern char** environ;

int main(int argc, char** argv) {
    if (argc != 4) return std::fprintf(stderr, "usage: spawn_floor TASKS AT_ONCE PROGRAM\n"), 2;
    const int tasks = std::atoi(argv[1]);
    const int at_once = std::atoi(argv[2]);
    int running = 0;
    for (int task = 0; task < tasks || running > 0;) {
        if (task < tasks && running < at_once) {
            std::array<char, 16> number{};
            std::snprintf(number.data(), number.size(), "%d", task++);
            const std::array<char*, 3> words{argv[3], number.data(), nullptr};
            pid_t pid = -1;
            if (posix_spawn(&pid, argv[3], nullptr, nullptr, words.data(), environ) != 0)
                return std::fprintf(stderr, "starting %s failed\n", argv[3]), 1;
            ++running;
            continue;
        }
        int status = 0;
        if (wait(&status) < 0 || status != 0) return std::fprintf(stderr, "wait status %d\n", status), 1;
        --running;
    }
    return 0;
}
