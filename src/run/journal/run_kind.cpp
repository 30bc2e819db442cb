#include "run/journal/run_kind.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <nlohmann/json.hpp>

#include "os/io/unique_fd.h"
#include "run/journal/journal.h"

namespace hlaunch {

std::string kind_of_event(const Event& event) {
    if (const auto* folder = event.as<events::Folder>()) return folder->of;
    return event.as<events::Run>()        ? "run"
           : event.as<events::Command>()  ? "command"
           : event.as<events::Queue>()    ? "queue"
           : event.as<events::Campaign>() ? "campaign"
           : event.as<events::Worker>()   ? "worker"
                                          : "";
}

std::string kind_of_run(const RunFolder& folder) {
    std::string out;
    JournalReader reader([&](nlohmann::json&& json) {
        if (out.empty()) out = kind_of_event(parse_event(std::move(json)));
    });
    // Only as far as needed: a queue's journal has a line or two for each of its tasks.
    const UniqueFd file(::open(folder.journal().c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
    struct stat status {};
    if (!file || ::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode)) return out;
    for (std::array<char, 1U << 16U> piece{}; out.empty();) {
        const auto count = ::read(file.get(), piece.data(), piece.size());
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) break;
        reader.feed({piece.data(), static_cast<std::size_t>(count)});
    }
    return reader.is_newer() ? std::string() : out;  // which is refused as such
}

std::string name_of_kind(std::string_view kind) {
    return kind == "run"      ? "the run of an analysis"
           : kind == "worker" ? "what a worker of a run draws"
                              : fmt::format("the run of a {}", kind);
}

}  // namespace hlaunch
