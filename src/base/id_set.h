// A set of OS indices (PUs, NUMA nodes), of any size, written as Linux writes lists: "0-15,32-47".
#pragma once

#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace hlaunch {

class IdSet {
  public:
    IdSet() = default;
    IdSet(std::initializer_list<unsigned> ids);

    // Parses "0-3,8,10-12" (blanks around items allowed; "" is the empty set). Throws usage Error, naming
    // the offending item, on anything else and on ids above max_id.
    static IdSet parse(std::string_view list);
    static constexpr unsigned max_id = 1U << 20U;

    void insert(unsigned id);
    void insert_range(unsigned first, unsigned last);  // inclusive
    void erase(unsigned id);

    [[nodiscard]] bool contains(unsigned id) const;
    [[nodiscard]] bool empty() const { return ids_.empty(); }
    [[nodiscard]] std::size_t size() const { return ids_.size(); }
    [[nodiscard]] unsigned front() const { return ids_.front(); }
    [[nodiscard]] unsigned back() const { return ids_.back(); }
    [[nodiscard]] auto begin() const { return ids_.begin(); }
    [[nodiscard]] auto end() const { return ids_.end(); }

    [[nodiscard]] bool intersects(const IdSet& other) const;
    [[nodiscard]] bool includes(const IdSet& other) const;  // other is a subset of this
    [[nodiscard]] std::string str() const;                  // "0-15,32-47"; "" when empty

    friend IdSet operator|(const IdSet& a, const IdSet& b);
    friend IdSet operator&(const IdSet& a, const IdSet& b);
    friend IdSet operator-(const IdSet& a, const IdSet& b);
    friend bool operator==(const IdSet& a, const IdSet& b) = default;
    friend auto operator<=>(const IdSet& a, const IdSet& b) = default;  // lexicographic, for maps

  private:
    std::vector<unsigned> ids_;  // sorted, unique
};

}  // namespace hlaunch
