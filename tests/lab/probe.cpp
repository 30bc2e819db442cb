// Touches anonymous memory and says where it runs and where its pages are, one "key value" a line,
// by the kernel's own calls (none of hlaunch's code, which it is there to check).
//   probe [MiB]       its own memory
//   probe MiB --hold SECONDS   the same, and it stays so long, to be looked at
//   probe --map FILE  the pages of a file, mapped
//   probe --refuse-policies COMMAND...  runs it where memory policies cannot be set, as containers do
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <map>
#include <string>
#include <vector>

namespace {

// move_pages without target nodes only tells the node of each page. A page that the kernel is moving just then
// (compaction) is nowhere: it is read, which waits for it, and asked for again.
int tell_pages(char* memory, std::size_t bytes) {
    const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
    std::vector<void*> pages;
    for (std::size_t at = 0; at < bytes; at += page) pages.push_back(memory + at);
    std::vector<int> where(pages.size(), -1);
    for (int times = 0; times == 0 || (times < 100 && std::count(where.begin(), where.end(), -ENOENT) > 0); ++times) {
        for (void* at : pages) static_cast<void>(*static_cast<volatile char*>(at));
        if (::syscall(SYS_move_pages, 0, pages.size(), pages.data(), nullptr, where.data(), 0) != 0)
            return std::perror("move_pages"), 2;
    }
    std::map<int, std::size_t> counts;
    for (const int node : where) ++counts[node];
    for (const auto& [node, count] : counts) std::printf("pages N%d %zu\n", node, count);
    return 0;
}

int tell_file(const char* path) {
    const int fd = ::open(path, O_RDONLY | O_CLOEXEC);
    struct stat info {};
    if (fd < 0 || ::fstat(fd, &info) != 0) return std::perror(path), 2;
    const auto bytes = static_cast<std::size_t>(info.st_size);
    void* memory = ::mmap(nullptr, bytes, PROT_READ, MAP_SHARED | MAP_POPULATE, fd, 0);
    return memory == MAP_FAILED ? (std::perror("mmap"), 2) : tell_pages(static_cast<char*>(memory), bytes);
}

int refuse_policies(char** command) {
    std::array<sock_filter, 5> steps{{
        {BPF_LD | BPF_W | BPF_ABS, 0, 0, offsetof(seccomp_data, nr)},
        {BPF_JMP | BPF_JEQ | BPF_K, 1, 0, SYS_set_mempolicy},
        {BPF_JMP | BPF_JEQ | BPF_K, 0, 1, SYS_mbind},
        {BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ERRNO | EPERM},
        {BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW},
    }};
    const sock_fprog program{static_cast<unsigned short>(steps.size()), steps.data()};
    if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
        return std::perror("seccomp"), 2;
    ::execvp(*command, command);
    return std::perror(*command), 2;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc > 2 && std::strcmp(argv[1], "--refuse-policies") == 0) return refuse_policies(argv + 2);
    if (argc > 2 && std::strcmp(argv[1], "--map") == 0) return tell_file(argv[2]);
    const std::size_t bytes = (argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 16) << 20U;
    void* memory = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) return std::perror("mmap"), 2;
    ::madvise(memory, bytes,
              MADV_NOHUGEPAGE);  // interleaving goes by pages: small ones spread evenly
    std::memset(memory, 1, bytes);

    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);)
        if (line.starts_with("Cpus_allowed_list:")) std::printf("cpus %s\n", line.c_str() + 19);

    int mode = -1;
    std::vector<unsigned long> nodes(64);
    if (::syscall(SYS_get_mempolicy, &mode, nodes.data(), nodes.size() * 64, nullptr, 0) != 0)
        return std::perror("get_mempolicy"), 2;
    std::printf("mode %d\nnodes %lx\n", mode, nodes[0]);

    const int code = tell_pages(static_cast<char*>(memory), bytes);
    if (argc > 3 && std::strcmp(argv[2], "--hold") == 0) {
        std::fflush(stdout);
        ::sleep(static_cast<unsigned>(std::strtoul(argv[3], nullptr, 10)));
    }
    return code;
}
