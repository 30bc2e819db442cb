#include "base/id_set.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <iterator>

#include "base/error.h"
#include "base/trimmed.h"

namespace hlaunch {
namespace {

constexpr std::string_view blanks = " \t\n";

unsigned parse_id(std::string_view text, std::string_view item) {
    unsigned value = 0;
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || failed != std::errc{} || end != text.data() + text.size())
        throw usage_error("'{}' is no index or range; write a list such as 0-3,8", item);
    if (value > IdSet::max_id)
        throw usage_error("index {} is above {}, more than any machine has", value, IdSet::max_id);
    return value;
}

}  // namespace

IdSet::IdSet(std::initializer_list<unsigned> ids) : ids_(ids) {
    std::sort(ids_.begin(), ids_.end());
    ids_.erase(std::unique(ids_.begin(), ids_.end()), ids_.end());
}

IdSet IdSet::parse(std::string_view list) {
    IdSet out;
    if (trimmed(list, blanks).empty()) return out;
    for (std::size_t at = 0; at <= list.size();) {
        const auto comma = std::min(list.find(',', at), list.size());
        const auto item = trimmed(list.substr(at, comma - at), blanks);
        const auto dash = item.find('-');
        if (dash == std::string_view::npos) {
            out.insert(parse_id(item, item));
        } else {
            const unsigned first = parse_id(item.substr(0, dash), item);
            const unsigned last = parse_id(item.substr(dash + 1), item);
            if (last < first) throw usage_error("range '{}' runs backwards", item);
            out.insert_range(first, last);
        }
        at = comma + 1;
    }
    return out;
}

void IdSet::insert(unsigned id) {
    const auto at = std::lower_bound(ids_.begin(), ids_.end(), id);
    if (at == ids_.end() || *at != id) ids_.insert(at, id);
}

void IdSet::insert_range(unsigned first, unsigned last) {
    IdSet range;
    range.ids_.reserve(last - first + 1);
    for (unsigned id = first; id <= last; ++id) range.ids_.push_back(id);
    *this = *this | range;
}

void IdSet::erase(unsigned id) {
    const auto at = std::lower_bound(ids_.begin(), ids_.end(), id);
    if (at != ids_.end() && *at == id) ids_.erase(at);
}

bool IdSet::contains(unsigned id) const {
    return std::binary_search(ids_.begin(), ids_.end(), id);
}

bool IdSet::intersects(const IdSet& other) const {
    auto a = ids_.begin();
    auto b = other.ids_.begin();
    while (a != ids_.end() && b != other.ids_.end()) {
        if (*a == *b) return true;
        (*a < *b) ? ++a : ++b;
    }
    return false;
}

bool IdSet::includes(const IdSet& other) const {
    return std::includes(ids_.begin(), ids_.end(), other.ids_.begin(), other.ids_.end());
}

std::string IdSet::str() const {
    std::string out;
    for (std::size_t i = 0; i < ids_.size();) {
        std::size_t j = i;
        while (j + 1 < ids_.size() && ids_[j + 1] == ids_[j] + 1) ++j;
        if (!out.empty()) out += ',';
        out += i == j ? fmt::format("{}", ids_[i]) : fmt::format("{}-{}", ids_[i], ids_[j]);
        i = j + 1;
    }
    return out;
}

IdSet operator|(const IdSet& a, const IdSet& b) {
    IdSet out;
    std::set_union(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(out.ids_));
    return out;
}
IdSet operator&(const IdSet& a, const IdSet& b) {
    IdSet out;
    std::set_intersection(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(out.ids_));
    return out;
}
IdSet operator-(const IdSet& a, const IdSet& b) {
    IdSet out;
    std::set_difference(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(out.ids_));
    return out;
}

}  // namespace hlaunch
