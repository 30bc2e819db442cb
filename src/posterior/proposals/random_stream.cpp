#include "posterior/proposals/random_stream.h"

#include <algorithm>
#include <cmath>

#include "merge/statistics/special_functions.h"

namespace hlaunch {
namespace {

std::uint64_t scramble_bits(std::uint64_t value) {  // the finaliser of SplitMix64 (Steele, Lea, Flood 2014)
    value += 0x9e3779b97f4a7c15U;
    value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9U;
    value = (value ^ (value >> 27)) * 0x94d049bb133111ebU;
    return value ^ (value >> 31);
}

}  // namespace

RandomStream::RandomStream(std::uint64_t seed, std::uint64_t purpose)
    : generator_(scramble_bits(scramble_bits(seed) ^ purpose)) {}

double RandomStream::uniform() {
    // 53 random bits, centred in their cell. The topmost cell's centre would round to 1.
    return std::min((static_cast<double>(generator_() >> 11) + 0.5) * 0x1p-53, 1.0 - 0x1p-53);
}

double RandomStream::normal() {
    return normal_quantile(uniform());
}

Eigen::VectorXd RandomStream::normals(Eigen::Index count) {
    Eigen::VectorXd result(count);
    for (double& value : result) value = normal();
    return result;
}

double RandomStream::chi_square(int degrees) {
    // Two degrees are an exponential of mean 2.
    double sum = 0.0;
    for (int pair = 0; pair < degrees / 2; ++pair) sum -= 2.0 * std::log(uniform());
    return sum;
}

Eigen::Index RandomStream::index(Eigen::Index count) {
    const auto at = static_cast<Eigen::Index>(uniform() * static_cast<double>(count));
    return std::min(at, count - 1);
}

void RandomStream::shuffle(std::vector<Eigen::Index>& rows) {
    for (auto i = rows.size(); i > 1; --i)
        std::swap(rows[i - 1], rows[static_cast<std::size_t>(index(static_cast<Eigen::Index>(i)))]);
}

}  // namespace hlaunch
