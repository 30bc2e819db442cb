// Catch2 under one name: bookworm packages version 2, trixie version 3.
#pragma once

#ifdef HLAUNCH_CATCH2_V2
#include <catch2/catch.hpp>
#else
#include <catch2/catch_all.hpp>
using Catch::Approx;
#endif
