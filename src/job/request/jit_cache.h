// The shared folder of compiled code: where it is, what it holds, what is thrown away. The hooks fill it
// (shim/hlaunch_shim/process/jit_cache.py): one folder a key, in it key.json and one file an entry, written under a
// temporary name and renamed: "hlaunch-jit 1 CRC32 BYTES\n", then what jax made.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "os/process/environment.h"

namespace hlaunch {

constexpr std::uint64_t default_jit_cache_bytes = std::uint64_t{2} << 30U;

// What instances are told for the user's wish: an absolute folder, "off", or "" for a private one each. "shared" is
// $XDG_CACHE_HOME/hlaunch/jit or ~/.cache/hlaunch/jit, private where neither variable is set. Any other word is a
// folder, which is made; usage Error where others could put code into it, or where it is a file.
[[nodiscard]] std::string jit_cache_place(const std::string& wish, const Environment& environment);

struct JitEntry {
    std::filesystem::path path;
    std::uint64_t bytes = 0;
    std::int64_t last_use_s = 0;  // Unix time, to the hour
    bool whole = true;            // length and checksum hold
};

struct JitKey {
    std::filesystem::path folder;
    std::string jax, jaxlib, cpu, cpu_features, threads, xla_flags;
    std::int64_t cpus = 0;
    std::vector<JitEntry> entries;
    std::vector<JitEntry> leftovers;  // temporary files of writers that were killed, or are writing now

    [[nodiscard]] std::uint64_t bytes() const;
    [[nodiscard]] std::uint64_t torn() const;
    [[nodiscard]] std::int64_t last_use_s() const;
};

// Folders that are none of ours, and links, are not looked into; a root that is not there holds nothing. `check` reads
// every entry whole.
[[nodiscard]] std::vector<JitKey> read_jit_cache(const std::filesystem::path& root, bool check);

struct JitCleaning {
    bool all = false;
    bool torn = true;                        // reads every entry
    std::optional<std::string> keep_jaxlib;  // remove what any other version compiled
    std::optional<std::uint64_t> max_bytes;  // then the longest unused, until the rest fits
    std::int64_t now_s = 0;                  // temporary files older than an hour are leftovers
};

struct JitRemoved {
    std::uint64_t entries = 0, bytes = 0;
};

// Safe beside running instances: what they miss they compile again.
JitRemoved clean_jit_cache(const std::filesystem::path& root, const JitCleaning& cleaning);

}  // namespace hlaunch
