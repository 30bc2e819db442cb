// NumPy's .npy arrays (format 1.0 to 3.0) in memory. All text is UTF-8, all arrays are handed out
// in C order whatever order and byte order the file has. Bad bytes throw usage, naming `where`.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace hlaunch {

class NpyArray {
  public:
    // `bytes` is a whole .npy file, `where` names it in errors ("results/samples.npz: member
    // samples").
    static NpyArray parse(std::vector<std::byte> bytes, std::string where);

    [[nodiscard]] const std::vector<std::size_t>& shape() const noexcept { return shape_; }
    [[nodiscard]] std::size_t count() const noexcept { return count_; }
    [[nodiscard]] const std::string& where() const noexcept { return where_; }

    [[nodiscard]] std::vector<double> numbers() const;       // f8 f4 i8 i4 i2 i1 u8 u4 u2 u1 bool
    [[nodiscard]] std::vector<std::string> strings() const;  // U and S
    [[nodiscard]] std::int64_t integer() const;              // exactly one element, of an integer type
    [[nodiscard]] std::string text() const;                  // exactly one element, of a text type

  private:
    [[nodiscard]] const std::byte* element(std::size_t c_order_index) const;

    std::vector<std::byte> bytes_;
    std::size_t data_offset_ = 0;
    std::string where_;
    std::vector<std::size_t> shape_;
    std::size_t count_ = 1;
    char kind_ = 'f';            // numpy's letter: f i u b U S
    std::size_t item_size_ = 8;  // bytes
    bool fortran_order_ = false;
    bool big_endian_ = false;
};

// The bytes of an .npy file that numpy.load reads without pickle; an empty shape is a 0-d array.
[[nodiscard]] std::string encode_npy(std::span<const double> values, std::span<const std::size_t> shape);
[[nodiscard]] std::string encode_npy(std::span<const std::int64_t> values, std::span<const std::size_t> shape);
[[nodiscard]] std::string encode_npy(std::span<const std::string> values, std::span<const std::size_t> shape);

}  // namespace hlaunch
