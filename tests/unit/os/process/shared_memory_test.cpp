#include "os/process/shared_memory.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <fstream>

#include "catch.h"
#include "os/io/unique_fd.h"
#include "support/temporary_folder.h"

using namespace hlaunch;

TEST_CASE("shared memory: entries by prefix, regular files only, removed only while the same") {
    const TemporaryFolder folder;
    for (const char* name : {"psm_b", "psm_a", "sem.mp-1", "other"}) std::ofstream(folder / name) << "1234";
    std::filesystem::create_directory(folder / "psm_folder");
    std::filesystem::create_symlink("/etc/passwd", folder / "psm_link");
    const std::array<std::string, 2> prefixes{"psm_", "sem.mp-"};
    const auto found = list_shared_memory(prefixes, folder.path());
    REQUIRE(found.size() == 3);
    CHECK(found[0].name == "psm_a");
    CHECK(found[0].bytes == 4);
    CHECK(found[2].name == "sem.mp-1");
    CHECK(list_shared_memory({}, folder.path()).size() == 4);
    // Another program made a new entry of the same name meanwhile; the link keeps the old inode in
    // use.
    std::filesystem::create_hard_link(folder / "psm_a", folder / "kept");
    std::filesystem::remove(folder / "psm_a");
    std::ofstream(folder / "psm_a") << "new";
    CHECK(remove_shared_memory(found, folder.path()) == std::vector<std::string>{"psm_b", "sem.mp-1"});
    CHECK(std::filesystem::exists(folder / "psm_a"));
    CHECK(list_shared_memory(prefixes, folder / "missing").empty());
}

TEST_CASE("shared memory: what a process has mapped is known to be its own") {
    const std::string name = "hlaunch-test-" + std::to_string(::getpid());
    const UniqueFd fd(::shm_open(("/" + name).c_str(), O_RDWR | O_CREAT | O_EXCL, 0600));
    REQUIRE(fd);
    REQUIRE(::ftruncate(fd.get(), 4096) == 0);
    void* memory = ::mmap(nullptr, 4096, PROT_READ, MAP_SHARED, fd.get(), 0);
    REQUIRE(memory != MAP_FAILED);
    const auto mapped = shared_memory_of(::getpid());
    REQUIRE(mapped.size() == 1);
    CHECK(mapped.front().name == name);
    CHECK(remove_shared_memory(mapped) == std::vector<std::string>{name});
    CHECK(shared_memory_of(::getpid()).empty());  // "(deleted)"
    ::munmap(memory, 4096);
}
