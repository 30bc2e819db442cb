#include "merge/npz/npy.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cctype>
#include <charconv>
#include <cstring>
#include <optional>

#include "base/error.h"
#include "base/text/utf8.h"

namespace hlaunch {
namespace {

static_assert(std::endian::native == std::endian::little, "npy data are read and written as they lie");

constexpr std::string_view magic = "\x93NUMPY";
constexpr std::size_t max_dimensions = 32;  // numpy's own limit

// The header is a Python dict literal; only what numpy itself writes is understood.
class HeaderReader {
  public:
    HeaderReader(std::string_view text, const std::string& where) : text_(text), where_(where) {}

    std::string descr;
    std::optional<bool> fortran_order;
    std::optional<std::vector<std::size_t>> shape;

    void read() {
        expect('{');
        while (!accept('}')) {
            const std::string key = quoted();
            expect(':');
            if (key == "descr") {
                if (peek() == '[') throw usage_error("{}: a structured dtype; save plain arrays", where_);
                descr = quoted();
            } else if (key == "fortran_order") {
                fortran_order = boolean();
            } else if (key == "shape") {
                shape = tuple();
            } else {
                fail();
            }
            if (!accept(',') && peek() != '}') fail();
        }
        if (descr.empty() || !fortran_order || !shape) fail();
    }

  private:
    [[noreturn]] void fail() const {
        throw usage_error("{}: the npy header is not one that NumPy writes; the file is damaged or hostile", where_);
    }
    char peek() {
        while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_])) != 0) ++at_;
        return at_ < text_.size() ? text_[at_] : '\0';
    }
    bool accept(char wanted) {
        if (peek() != wanted) return false;
        ++at_;
        return true;
    }
    void expect(char wanted) {
        if (!accept(wanted)) fail();
    }
    std::string quoted() {
        const char quote = peek();
        if (quote != '\'' && quote != '"') fail();
        const std::size_t end = text_.find(quote, at_ + 1);
        if (end == std::string_view::npos) fail();
        std::string result(text_.substr(at_ + 1, end - at_ - 1));
        at_ = end + 1;
        return result;
    }
    bool boolean() {
        peek();
        for (const bool value : {true, false}) {
            const std::string_view word = value ? "True" : "False";
            if (text_.substr(at_, word.size()) == word) {
                at_ += word.size();
                return value;
            }
        }
        fail();
    }
    std::vector<std::size_t> tuple() {
        std::vector<std::size_t> result;
        expect('(');
        while (!accept(')')) {
            peek();
            std::size_t value = 0;
            const auto [end, error] = std::from_chars(text_.data() + at_, text_.data() + text_.size(), value);
            if (error != std::errc{} || result.size() == max_dimensions) fail();
            at_ = static_cast<std::size_t>(end - text_.data());
            accept('L');  // Python 2 wrote 12L
            result.push_back(value);
            if (!accept(',') && peek() != ')') fail();
        }
        return result;
    }

    std::string_view text_;
    const std::string& where_;
    std::size_t at_ = 0;
};

template <class T>
T load(const std::byte* at, bool swap) {
    std::array<std::byte, sizeof(T)> raw{};
    std::memcpy(raw.data(), at, sizeof(T));
    if (swap) std::reverse(raw.begin(), raw.end());
    T value{};
    std::memcpy(&value, raw.data(), sizeof(T));
    return value;
}

template <class T>
double load_number(const std::byte* at, bool swap) {
    return static_cast<double>(load<T>(at, swap));
}

using NumberLoader = double (*)(const std::byte*, bool);

NumberLoader number_loader(char kind, std::size_t item_size) {
    struct Row {
        char kind;
        std::size_t item_size;
        NumberLoader loader;
    };
    static constexpr std::array<Row, 11> rows{{{'f', 8, load_number<double>},
                                               {'f', 4, load_number<float>},
                                               {'i', 8, load_number<std::int64_t>},
                                               {'i', 4, load_number<std::int32_t>},
                                               {'i', 2, load_number<std::int16_t>},
                                               {'i', 1, load_number<std::int8_t>},
                                               {'u', 8, load_number<std::uint64_t>},
                                               {'u', 4, load_number<std::uint32_t>},
                                               {'u', 2, load_number<std::uint16_t>},
                                               {'u', 1, load_number<std::uint8_t>},
                                               {'b', 1, load_number<std::uint8_t>}}};
    for (const Row& row : rows)
        if (row.kind == kind && row.item_size == item_size) return row.loader;
    return nullptr;
}

}  // namespace

NpyArray NpyArray::parse(std::vector<std::byte> bytes, std::string where) {
    NpyArray array;
    array.where_ = std::move(where);
    const std::string_view all(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    if (all.size() < 10 || all.substr(0, magic.size()) != magic)
        throw usage_error("{}: not an npy array; the file is damaged or of another kind", array.where_);
    const auto major = static_cast<unsigned char>(all[6]);
    if (major < 1 || major > 3)
        throw usage_error("{}: npy format {} is unknown; save it with a current NumPy", array.where_, major);
    const std::size_t prefix = major == 1 ? 10 : 12;
    if (all.size() < prefix) throw usage_error("{}: cut short inside its header", array.where_);
    const std::size_t header =
        major == 1 ? load<std::uint16_t>(bytes.data() + 8, false) : load<std::uint32_t>(bytes.data() + 8, false);
    if (header > all.size() - prefix) throw usage_error("{}: cut short inside its header", array.where_);

    HeaderReader reader(all.substr(prefix, header), array.where_);
    reader.read();
    const std::string& descr = reader.descr;
    std::size_t digits = 0;
    const bool sized =
        descr.size() >= 3 && std::string_view("<>|=").find(descr[0]) != std::string_view::npos &&
        std::from_chars(descr.data() + 2, descr.data() + descr.size(), digits).ptr == descr.data() + descr.size();
    const char kind = sized ? descr[1] : '?';
    if (kind == 'O' || descr == "|O")
        throw usage_error("{}: holds pickled Python objects, which hlaunch never loads", array.where_);
    if (!sized || (kind != 'U' && kind != 'S' && number_loader(kind, digits) == nullptr))
        throw usage_error("{}: dtype {:?} is not one of f8 f4 i8 i4 i2 i1 u8 u4 u2 u1 bool U S", array.where_, descr);
    array.kind_ = kind;
    array.item_size_ = kind == 'U' ? digits * 4 : digits;
    array.big_endian_ = descr[0] == '>';
    array.fortran_order_ = *reader.fortran_order;
    array.shape_ = *reader.shape;

    // The promised size is only ever compared with the bytes that are there, never allocated.
    const std::size_t data_bytes = all.size() - prefix - header;
    std::size_t needed = array.item_size_;
    if (digits > all.size()) needed = all.size() + 1;
    bool overflow = false;
    for (const std::size_t extent : array.shape_) {
        overflow |= __builtin_mul_overflow(array.count_, extent, &array.count_);
        overflow |= __builtin_mul_overflow(needed, extent, &needed);
    }
    if (overflow || needed != data_bytes || (array.item_size_ == 0 && array.count_ > data_bytes + 1))
        throw usage_error(
            "{}: its header promises {} of dtype {} but {} bytes follow; the file is cut short "
            "or damaged",
            array.where_, fmt::format("shape ({})", fmt::join(array.shape_, ", ")), descr, data_bytes);
    array.data_offset_ = prefix + header;
    array.bytes_ = std::move(bytes);
    return array;
}

const std::byte* NpyArray::element(std::size_t c_order_index) const {
    std::size_t at = c_order_index;
    if (fortran_order_ && shape_.size() > 1) {
        std::size_t stored = 0;
        std::size_t stride = count_;
        for (std::size_t axis = shape_.size(); axis-- > 0;) {  // last axis varies fastest in C order
            stride /= shape_[axis];
            stored += at % shape_[axis] * stride;
            at /= shape_[axis];
        }
        at = stored;
    }
    return bytes_.data() + data_offset_ + at * item_size_;
}

std::vector<double> NpyArray::numbers() const {
    const NumberLoader loader = number_loader(kind_, item_size_);
    if (loader == nullptr) throw usage_error("{}: holds text where numbers are expected", where_);
    std::vector<double> result(count_);
    for (std::size_t i = 0; i < count_; ++i) result[i] = loader(element(i), big_endian_);
    return result;
}

std::vector<std::string> NpyArray::strings() const {
    if (kind_ != 'U' && kind_ != 'S') throw usage_error("{}: holds numbers where text is expected", where_);
    std::vector<std::string> result(count_);
    for (std::size_t i = 0; i < count_; ++i) {
        const std::byte* at = element(i);
        if (kind_ == 'S') {
            result[i].assign(reinterpret_cast<const char*>(at), item_size_);
        } else {
            for (std::size_t c = 0; c < item_size_; c += 4)
                append_utf8(result[i], load<std::uint32_t>(at + c, big_endian_));
        }
        result[i].erase(result[i].find_last_not_of('\0') + 1);  // numpy pads with NUL
    }
    return result;
}

std::int64_t NpyArray::integer() const {
    if (count_ != 1 || (kind_ != 'i' && kind_ != 'u' && kind_ != 'b'))
        throw usage_error("{}: one integer is expected", where_);
    if (kind_ == 'i' && item_size_ == 8) return load<std::int64_t>(element(0), big_endian_);
    return static_cast<std::int64_t>(number_loader(kind_, item_size_)(element(0), big_endian_));
}

std::string NpyArray::text() const {
    if (count_ != 1) throw usage_error("{}: one text is expected, {} are there", where_, count_);
    return strings().front();
}

namespace {

std::string npy_header(std::string_view descr, std::span<const std::size_t> shape) {
    std::string dict = fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': ({}{}), }}", descr,
                                   fmt::join(shape.begin(), shape.end(), ", "), shape.size() == 1 ? "," : "");
    constexpr std::size_t alignment = 64;  // so that numpy can map the data
    dict.append(alignment - 1 - (10 + dict.size()) % alignment, ' ');
    dict.push_back('\n');
    std::string result(magic);
    result += {'\x01', '\x00'};
    result.push_back(static_cast<char>(dict.size() & 0xff));
    result.push_back(static_cast<char>(dict.size() >> 8));
    return result + dict;
}

template <class T>
std::string encode(std::string_view descr, std::span<const T> values, std::span<const std::size_t> shape) {
    std::string result = npy_header(descr, shape);
    result.append(reinterpret_cast<const char*>(values.data()), values.size_bytes());
    return result;
}

}  // namespace

std::string encode_npy(std::span<const double> values, std::span<const std::size_t> shape) {
    return encode("<f8", values, shape);
}

std::string encode_npy(std::span<const std::int64_t> values, std::span<const std::size_t> shape) {
    return encode("<i8", values, shape);
}

std::string encode_npy(std::span<const std::string> values, std::span<const std::size_t> shape) {
    std::size_t longest = 1;
    std::vector<std::u32string> decoded;
    for (const std::string& value : values) {
        decoded.push_back(decode_utf8(value));
        longest = std::max(longest, decoded.back().size());
    }
    std::u32string flat;
    for (std::u32string& text : decoded) {
        text.resize(longest, U'\0');
        flat += text;
    }
    return encode<char32_t>(fmt::format("<U{}", longest), flat, shape);
}

}  // namespace hlaunch
