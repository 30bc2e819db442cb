#include "run/journal/lock_owner.h"

#include <nlohmann/json.hpp>

#include "base/json_fields.h"

namespace hlaunch {
namespace {

LockState by_heartbeat(const OwnerSigns& signs) {
    if (signs.flock == AppendFile::Lock::theirs) return LockState::held;
    if (!signs.heartbeat_age_s) return LockState::unknown;
    return *signs.heartbeat_age_s > heartbeat_limit_s ? LockState::free : LockState::held;
}

bool known_and_equal(const std::string& a, const std::string& b) {
    return !a.empty() && a == b;
}

}  // namespace

std::string LockOwner::line() const {
    auto json = to_json(process);
    json["since"] = since;
    json["nonce"] = nonce;
    return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

std::optional<LockOwner> parse_lock_owner(std::string_view text) {
    const auto json = nlohmann::json::parse(text, nullptr, false);
    if (!json.is_object()) return std::nullopt;
    auto process = owner_from_json(json);
    if (!process || process->host.empty()) return std::nullopt;
    return LockOwner{std::move(*process), text_in(json, "since"), text_in(json, "nonce")};
}

LockState judge(const std::optional<LockOwner>& owner, const OwnerSigns& signs) {
    if (!owner) return by_heartbeat(signs);
    const auto& theirs = owner->process;
    if (known_and_equal(theirs.boot_id, signs.here.boot_id)) {
        // What is missing is not known, and never equal: of that record nothing here can tell.
        const bool same_pids = known_and_equal(theirs.pid_namespace, signs.here.pid_namespace);
        if (!same_pids || theirs.start_ticks == 0)
            return signs.flock == AppendFile::Lock::ours ? LockState::free : by_heartbeat(signs);
        const bool is_it = signs.process_exists && (!signs.start_ticks || *signs.start_ticks == theirs.start_ticks);
        const bool copied = signs.flock == AppendFile::Lock::ours && !theirs.folder_id.empty() &&
                            !signs.here.folder_id.empty() && theirs.folder_id != signs.here.folder_id;
        return is_it && !copied ? LockState::held : LockState::free;
    }
    // Of our name, and another boot: mostly before our last one; but there are hosts that share a name. A time ahead of
    // the clock is of before a boot, too: one that lives sets it right within seconds.
    const bool ahead = signs.heartbeat_age_s.value_or(0.0) < -heartbeat_limit_s;
    if (known_and_equal(theirs.host, signs.here.host) && ahead && signs.flock != AppendFile::Lock::theirs)
        return LockState::free;
    return by_heartbeat(signs);
}

}  // namespace hlaunch
