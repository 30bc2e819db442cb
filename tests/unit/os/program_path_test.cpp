#include "os/program_path.h"

#include <filesystem>

#include "catch.h"
#include "os/file.h"
#include "temporary_folder.h"

using namespace hlaunch;
namespace fs = std::filesystem;

TEST_CASE("a program is where PATH says, and nowhere else") {
    const TemporaryFolder folder;
    const auto first = folder.path() / "first", second = folder.path() / "second";
    fs::create_directories(first / "folder");
    fs::create_directories(second);
    for (const auto& path : {first / "plain", second / "plain", second / "run", second / "folder"})
        write_atomically(path, "#!/bin/sh\n");
    for (const auto& path : {second / "plain", second / "run", second / "folder"})
        fs::permissions(path, fs::perms::owner_all);
    fs::create_symlink(second / "run", first / "link");
    Environment environment;
    environment.set("PATH", first.string() + ":" + second.string() + "/../second/");
    CHECK(program_path("run", environment) == (second / "run").string());
    CHECK(program_path("plain", environment) == (second / "plain").string());    // the first is not executable
    CHECK(program_path("folder", environment) == (second / "folder").string());  // the first is a folder
    CHECK(program_path("link", environment) == (first / "link").string());
    CHECK(program_path((second / "run").string(), environment) == (second / "run").string());
    CHECK_FALSE(program_path((first / "plain").string(), environment));
    CHECK_FALSE(program_path("none", environment));
    CHECK_FALSE(program_path("", environment));
}
