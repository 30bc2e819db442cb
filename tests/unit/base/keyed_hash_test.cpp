#include "base/keyed_hash.h"

#include "catch.h"

using namespace hlaunch;

TEST_CASE("SipHash-2-4 is that of its paper and its reference vectors") {
    const std::uint64_t key0 = 0x0706050403020100, key1 = 0x0f0e0d0c0b0a0908;
    std::string text;
    CHECK(siphash(key0, key1, text) == 0x726fdb47dd0e0e31);
    for (char i = 0; i < 15; ++i) text += i;
    CHECK(siphash(key0, key1, text.substr(0, 8)) == 0x93f5f5799a932462);
    CHECK(siphash(key0, key1, text) == 0xa129ca6149be45e5);
}

TEST_CASE("another key, another hash") {
    CHECK(keyed_hash_hex({1, 2, 3, 4}, "4711") != keyed_hash_hex({1, 2, 3, 5}, "4711"));
    CHECK(keyed_hash_hex({1, 2, 3, 4}, "4711") == keyed_hash_hex({1, 2, 3, 4}, "4711"));
    CHECK(keyed_hash_hex({1, 2, 3, 4}, "4711").size() == 32);
}
