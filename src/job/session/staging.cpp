#include "job/session/staging.h"

#include <fmt/format.h>

#include <filesystem>

#include "base/error.h"
#include "base/text/quantity.h"
#include "os/files/file.h"
#include "os/host/kernel_limits.h"
#include "os/io/no_links.h"

namespace hlaunch {
namespace {

std::string nodes_text(const std::string& mems) {
    return mems.empty() ? "the machine" : "node " + mems;
}

}  // namespace

std::optional<std::string> why_not_staged(std::uint64_t file_bytes, std::uint64_t available_bytes, const IdSet& mems) {
    if (file_bytes <= available_bytes / 2) return std::nullopt;
    return fmt::format("{} of data in the memory of {}, of which {} is available: a copy may take half of that",
                       format_bytes(file_bytes), nodes_text(mems.str()), format_bytes(available_bytes));
}

Staging::Staging(const std::string& file, const std::vector<Placement>& placements)
    : file_(std::filesystem::absolute(file).string()), file_bytes_(check_stageable(file_)) {
    try {
        for (const auto& placement : placements)
            if (!copies_.contains(placement.mems.str())) copy_for(placement, file_bytes_);
    } catch (const Error& error) {
        copies_.clear();
        warnings_.push_back(fmt::format("{} is not staged, it is read where it is: {}", file_, error.what()));
    }
}

void Staging::copy_for(const Placement& placement, std::uint64_t file_bytes) {
    const auto& mems = placement.mems;
    if (const auto why = why_not_staged(file_bytes, memory_left(mems).available_bytes, mems))
        throw infrastructure_error("{}", *why);
    // Without a policy the copy lies where the CPU is that writes it.
    const bool local = placement.mem_policy == MemPolicy::local;
    const Binding where{
        .cpus = local ? placement.cpus : IdSet{}, .mems = mems, .policy = local ? MemPolicy::local : MemPolicy::bind};
    const auto& copy =
        copies_
            .emplace(std::piecewise_construct, std::forward_as_tuple(mems.str()), std::forward_as_tuple(file_, where))
            .first->second;
    const auto share = copy.share_on(mems);
    if (!share) return;
    least_share_ = std::min(least_share_.value_or(1.0), *share);
    if (*share < 0.99)
        warnings_.push_back(fmt::format("only {:.1f} % of the copy of {} is in the memory of {}", 100.0 * *share, file_,
                                        nodes_text(mems.str())));
}

Staging::~Staging() {
    for (const auto& folder : link_folders_) static_cast<void>(remove_tree(folder));
}

void Staging::link(const Placement& placement, const std::string& folder) {
    std::error_code failed;
    static_cast<void>(remove_tree(folder));  // of a run that was killed
    ensure_directory(folder);
    link_folders_.push_back(folder);
    const auto name = std::filesystem::path(folder) / std::filesystem::path(file_).filename();
    std::filesystem::create_symlink(path(placement), name, failed);
    if (failed)
        throw infrastructure_error("linking {} to its staged copy failed: {}; leave --stage out", name.native(),
                                   failed.message());
}

std::string Staging::path(const Placement& placement) const {
    const auto found = copies_.find(placement.mems.str());
    return found == copies_.end() ? file_ : found->second.path();
}

events::Staged Staging::record() const {
    events::Staged out{.file = file_, .bytes = file_bytes_, .mems = {}, .least_share = least_share_};
    for (const auto& [mems, copy] : copies_) out.mems.push_back(mems);
    return out;
}

std::string Staging::summary() const {
    std::vector<std::string> nodes;
    for (const auto& [mems, copy] : copies_) nodes.push_back(nodes_text(mems));
    return fmt::format("{} ({}) is in the memory of {}{}", file_, format_bytes(file_bytes_), fmt::join(nodes, " and "),
                       least_share_ ? fmt::format(", {:.0f} % of it there", 100.0 * *least_share_) : "");
}

}  // namespace hlaunch
