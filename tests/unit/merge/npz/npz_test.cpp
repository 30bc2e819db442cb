#include "merge/npz/npz.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>

#include "base/error.h"
#include "catch.h"

using namespace hlaunch;
namespace fs = std::filesystem;

namespace {

const fs::path data = fs::path(HLAUNCH_TEST_DATA) / "merge";

std::vector<std::byte> bytes_of(const std::string& text) {
    const auto* first = reinterpret_cast<const std::byte*>(text.data());
    return {first, first + text.size()};
}

std::string read_file(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

// A version 1.0 array whose header says `dict`.
std::string npy_with(std::string dict, const std::string& payload) {
    dict += "\n";
    std::string result("\x93NUMPY\x01\x00", 8);
    result.push_back(static_cast<char>(dict.size() & 0xff));
    result.push_back(static_cast<char>(dict.size() >> 8));
    return result + dict + payload;
}

std::string refusal(const std::string& npy) {
    try {
        (void)NpyArray::parse(bytes_of(npy), "a.npz: member x");
    } catch (const Error& error) {
        REQUIRE(error.code() == ExitCode::usage);
        const std::string line = error.what();
        REQUIRE(line.find('\n') == std::string::npos);
        REQUIRE(line.rfind("a.npz: member x: ", 0) == 0);
        return line;
    }
    return "accepted";
}

struct Scratch {
    fs::path path = fs::temp_directory_path() / ("hlaunch-npz-" + std::to_string(::getpid()));
    Scratch() { fs::create_directories(path); }
    ~Scratch() { fs::remove_all(path); }
};

}  // namespace

TEST_CASE("npz: all that NumPy writes is read, stored or deflated") {
    for (const char* name : {"dtypes.npz", "dtypes_stored.npz"}) {
        const NpzReader npz(data / name);
        std::vector<double> table(24);
        for (std::size_t i = 0; i < table.size(); ++i) table[i] = static_cast<double>(i) / 8;
        for (const char* member : {"f8", "f4", "fortran", "big"}) {
            const NpyArray array = npz.read(member);
            CHECK(array.shape() == std::vector<std::size_t>{2, 3, 4});
            CHECK(array.numbers() == table);
        }
        for (const char* member : {"i8", "i4"})
            CHECK(npz.read(member).numbers() == std::vector<double>{-3, -2, -1, 0, 1, 2});
        CHECK(npz.read("u1").numbers() == std::vector<double>{0, 200, 255});
        CHECK(npz.read("bool").numbers() == std::vector<double>{1, 0, 1});
        CHECK(npz.read("text").strings() == std::vector<std::string>{"D0", "alpha", "φ₀", ""});
        CHECK(npz.read("bytes").strings() == std::vector<std::string>{"ab", "c"});
        CHECK(npz.read("scalar").integer() == 7);
        CHECK(npz.read("text0d").text() == "{\"q\": \"Å⁻¹\"}");
        CHECK(npz.read("empty").numbers().empty());
        CHECK(npz.has("f8"));
        CHECK_FALSE(npz.has("f9"));
        CHECK_THROWS_AS(npz.read("f9"), Error);
        CHECK_THROWS_AS(npz.read("object"), Error);
        CHECK_THROWS_AS(npz.read("complex"), Error);
        CHECK_THROWS_AS(npz.read("record"), Error);
        CHECK_THROWS_AS(npz.read("text").numbers(), Error);
        CHECK_THROWS_AS(npz.read("f8").strings(), Error);
        CHECK_THROWS_AS(npz.read("f8").integer(), Error);
    }
}

TEST_CASE("npy: version 2 headers are read") {
    const NpyArray array = NpyArray::parse(bytes_of(read_file(data / "v2.npy")), "v2.npy");
    CHECK(array.shape() == std::vector<std::size_t>{2, 3, 4});
    CHECK(array.numbers()[23] == 23.0 / 8);
}

TEST_CASE("npy: hostile headers get one line and no memory") {
    const std::string eight(8, '\0');
    CHECK(refusal("") != "accepted");
    CHECK(refusal("PK\x03\x04 something else") != "accepted");
    CHECK(refusal(npy_with("{'descr': '<f8', 'fortran_order': False, 'shape': (1,), }", eight)) == "accepted");
    for (const char* dict : {"{'descr': '<f8', 'fortran_order': False, 'shape': (2,), }",  // cut short
                             "{'descr': '<f8', 'fortran_order': False, 'shape': (4000000000000000000,), }",  // exabytes
                             "{'descr': '<f8', 'fortran_order': False, 'shape': (4294967296, 4294967296), }",  // wraps
                                                                                                               // to 0
                             "{'descr': '<f8', 'fortran_order': False, 'shape': (-1,), }",
                             "{'descr': '<f8', 'fortran_order': False, 'shape': (1",
                             "{'descr': '<f8', 'fortran_order': 0, 'shape': (1,), }",
                             "{'descr': '<U99999999999999999999', 'fortran_order': False, 'shape': (1,), }",
                             "{'descr': '<U4611686018427387904', 'fortran_order': False, 'shape': (), }",  // 4 * that
                                                                                                           // is 0
                             "{'descr': '<U0', 'fortran_order': False, 'shape': (9000000000000,), }",
                             "{'descr': '<f16', 'fortran_order': False, 'shape': (1,), }",
                             "{'descr': '', 'fortran_order': False, 'shape': (1,), }",
                             "{'fortran_order': False, 'shape': (1,), }", "{", "", "[]", "__import__('os')"})
        CHECK(refusal(npy_with(dict, eight)) != "accepted");
    std::string long_header = npy_with("{'descr': '<f8', 'fortran_order': False, 'shape': (1,), }", eight);
    long_header[8] = long_header[9] = '\xff';
    CHECK(refusal(long_header) != "accepted");
}

TEST_CASE("npy: random damage is refused or read, never worse") {
    const unsigned seed = 1;  // the same cases each time
    INFO("seed " << seed);
    std::mt19937 random(seed);
    const std::string good = read_file(data / "v2.npy");
    for (int round = 0; round < 2000; ++round) {
        std::string bad = good.substr(0, round % 3 == 0 ? random() % good.size() : good.size());
        for (unsigned changes = random() % 4; changes-- > 0 && !bad.empty();)
            bad[random() % std::min<std::size_t>(bad.size(), 140)] = static_cast<char>(random());
        try {
            const NpyArray array = NpyArray::parse(bytes_of(bad), "x");
            (void)array.numbers();
        } catch (const Error&) {
        }
    }
    SUCCEED();
}

TEST_CASE("npz: what is written is read back, and a cut file is refused") {
    const Scratch scratch;
    const fs::path path = scratch.path / "out.npz";
    const std::vector<double> values{1.5, -2.0, 1e-300, 4.0, 5.0, 6.0};
    const std::vector<std::string> names{"D0", "φ", "a much longer name"};
    const std::vector<std::int64_t> count{-9};
    const std::string whole =
        encode_npz({{"samples", encode_npy(std::span<const double>(values), std::array<std::size_t, 2>{2, 3})},
                    {"names", encode_npy(std::span<const std::string>(names), std::array<std::size_t, 1>{3})},
                    {"n", encode_npy(std::span<const std::int64_t>(count), {})}});
    std::ofstream(path, std::ios::binary) << whole;
    const NpzReader npz(path);
    CHECK(npz.read("samples").numbers() == values);
    CHECK(npz.read("samples").shape() == std::vector<std::size_t>{2, 3});
    CHECK(npz.read("names").strings() == names);
    CHECK(npz.read("n").integer() == -9);

    const fs::path cut = scratch.path / "cut.npz";
    for (const std::size_t size : {std::size_t{0}, std::size_t{3}, whole.size() / 2, whole.size() - 1}) {
        std::ofstream(cut, std::ios::binary) << whole.substr(0, size);
        CHECK_THROWS_AS(NpzReader(cut), Error);
    }
    std::string flipped = whole;
    flipped[60] = static_cast<char>(flipped[60] ^ 0x55);  // inside the first member's data
    std::ofstream(cut, std::ios::binary) << flipped;
    CHECK_THROWS_AS(NpzReader(cut).read("samples"), Error);
    CHECK_THROWS_AS(NpzReader(scratch.path / "absent.npz"), Error);
}
