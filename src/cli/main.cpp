#include <cstddef>
#include <span>
#include <string_view>

#include "cli/exec_main.h"

int main(int argc, char** argv) {
    const std::span args(argv, static_cast<std::size_t>(argc));
    // First of all: it must be cheap.
    if (args.size() > 1 && std::string_view(args[1]) == "exec")
        return hlaunch::exec_main(args.subspan(2));
    return 0;
}
