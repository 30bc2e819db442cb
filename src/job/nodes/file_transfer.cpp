#include "job/nodes/file_transfer.h"

#include <algorithm>
#include <filesystem>

#include "base/error.h"
#include "base/json_fields.h"
#include "os/files/file.h"

namespace hlaunch {
namespace {

namespace fs = std::filesystem;

constexpr const char* unfinished = ".incoming";

}  // namespace

std::vector<std::string> files_below(const std::string& root, const std::string& folder) {
    std::vector<std::string> out;
    std::error_code none;
    for (fs::recursive_directory_iterator at(fs::path(root) / folder, none), end; !none && at != end;
         at.increment(none))
        if (at->is_regular_file(none) && at->path().extension() != unfinished)
            out.push_back(fs::relative(at->path(), root).native());
    std::ranges::sort(out);
    return out;
}

void send_files(DeskClient& desk, unsigned to, const std::string& root, const std::vector<std::string>& names,
                const DeskClient::Patience& patience) {
    for (const auto& name : names) {
        // One piece is held back, so that the last one is known to be it.
        std::string held;
        std::uint64_t offset = 0;
        const auto send = [&](bool last) {
            const auto size = held.size();
            desk.send_piece(to, {{"name", name}, {"offset", offset}, {"last", last}}, std::exchange(held, {}),
                            patience);
            offset += size;
        };
        read_pieces(fs::path(root) / name, [&](std::string_view piece) {
            while (!piece.empty()) {
                if (held.size() == piece_bytes) send(false);
                const auto part = piece.substr(0, piece_bytes - held.size());
                held += part;
                piece.remove_prefix(part.size());
            }
        });
        send(true);
    }
}

void IncomingFiles::take(const RankMessage& piece) const {
    const fs::path name = text_in(piece.facts, "name");
    if (name.empty() || name.is_absolute() || std::ranges::count(name, fs::path("..")) > 0)
        throw infrastructure_error("another rank sent a file of the name '{}', which leads out of {}", name.native(),
                                   root_);
    const auto path = fs::path(root_) / name;
    ensure_directory(path.parent_path());
    const auto temporary = path.native() + unfinished;
    const auto offset = count_in(piece.facts, "offset");
    if (offset == 0) remove_whole(temporary);
    AppendFile file(temporary);
    if (file_bytes(temporary) != offset)
        throw infrastructure_error("a piece of {} is missing on its way from another rank; start again", path.native());
    file.write(piece.bytes);
    if (!flag_in(piece.facts, "last")) return;
    file.sync();
    file.take_name(path);
}

}  // namespace hlaunch
