// Catch2 under one name: bookworm packages version 2, trixie version 3.
#pragma once

#include <string>

#ifdef HLAUNCH_CATCH2_V2
#include <catch2/catch.hpp>
inline auto contains_text(const std::string& part) {
    return Catch::Contains(part);
}
#else
#include <catch2/catch_all.hpp>
inline auto contains_text(const std::string& part) {
    return Catch::Matchers::ContainsSubstring(part);
}
using Catch::Approx;
#endif
