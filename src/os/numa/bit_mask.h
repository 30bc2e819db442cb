// A bit mask as the kernel's affinity and memory-policy calls want it, of any size (CPU_SETSIZE is
// 1024).
#pragma once

#include <climits>
#include <cstddef>
#include <vector>

#include "base/id_set.h"

namespace hlaunch {

class BitMask {
  public:
    static constexpr std::size_t word_bits = sizeof(unsigned long) * CHAR_BIT;

    // Room for at least `bits` bits, and for every id of the set.
    explicit BitMask(std::size_t bits, const IdSet& ids = {});

    [[nodiscard]] IdSet ids() const;
    [[nodiscard]] unsigned long* data() noexcept { return words_.data(); }
    [[nodiscard]] const unsigned long* data() const noexcept { return words_.data(); }
    [[nodiscard]] std::size_t bytes() const noexcept { return words_.size() * sizeof(unsigned long); }
    [[nodiscard]] std::size_t bits() const noexcept { return words_.size() * word_bits; }
    void clear() noexcept;
    [[nodiscard]] bool equals(const BitMask& other) const noexcept;  // the shorter one padded with zeros

  private:
    std::vector<unsigned long> words_;
};

// CPUs a thread may use now (0: this one); grows its mask until the kernel's fits. Empty when it is
// gone.
[[nodiscard]] IdSet affinity_of(int tid);
// Mems_allowed of this process (cpuset), OS indices of NUMA nodes; empty on a kernel without NUMA.
[[nodiscard]] IdSet allowed_mems();

}  // namespace hlaunch
