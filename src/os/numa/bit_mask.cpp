#include "os/numa/bit_mask.h"

#include <sched.h>

#include <algorithm>
#include <cerrno>

#include "os/files/file.h"

namespace hlaunch {

BitMask::BitMask(std::size_t bits, const IdSet& ids) {
    if (!ids.empty()) bits = std::max<std::size_t>(bits, ids.back() + std::size_t{1});
    words_.resize((bits + word_bits - 1) / word_bits);
    for (const unsigned id : ids) words_[id / word_bits] |= 1UL << (id % word_bits);
}

IdSet BitMask::ids() const {
    IdSet result;
    for (std::size_t word = 0; word < words_.size(); ++word)
        for (std::size_t bit = 0; words_[word] != 0 && bit < word_bits; ++bit)
            if ((words_[word] >> bit & 1UL) != 0) result.insert(static_cast<unsigned>(word * word_bits + bit));
    return result;
}

void BitMask::clear() noexcept {
    std::fill(words_.begin(), words_.end(), 0UL);
}

bool BitMask::equals(const BitMask& other) const noexcept {
    const auto& [few, many] =
        std::minmax(words_, other.words_, [](const auto& a, const auto& b) { return a.size() < b.size(); });
    return std::equal(few.begin(), few.end(), many.begin()) &&
           std::all_of(many.begin() + static_cast<std::ptrdiff_t>(few.size()), many.end(),
                       [](unsigned long word) { return word == 0; });
}

IdSet affinity_of(int tid) {
    for (std::size_t bits = 1024; bits <= IdSet::max_id; bits *= 4) {
        BitMask mask(bits);
        if (::sched_getaffinity(tid, mask.bytes(), reinterpret_cast<cpu_set_t*>(mask.data())) == 0) return mask.ids();
        if (errno != EINVAL) break;  // EINVAL: the kernel's mask is larger
    }
    return {};
}

IdSet allowed_mems() {
    const auto status = try_read_text("/proc/self/status");
    static constexpr std::string_view key = "\nMems_allowed_list:";
    const auto at = status ? status->find(key) : std::string::npos;
    if (at == std::string::npos) return {};
    const auto from = status->find_first_not_of(" \t", at + key.size());
    return IdSet::parse(std::string_view(*status).substr(from, status->find('\n', from) - from));
}

}  // namespace hlaunch
