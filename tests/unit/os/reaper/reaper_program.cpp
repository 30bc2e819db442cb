// What the tests of the launcher start as its reaper: the same reaper in a program of its own.
#include <string_view>

#include "os/reaper/reaper.h"

int main(int argc, char** argv) {
    const std::span args(argv, static_cast<std::size_t>(argc));
    return argc > 1 && std::string_view(args[1]) == "reaper" ? hlaunch::reaper_main(args.subspan(2)) : 2;
}
