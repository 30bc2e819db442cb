// An environment of these variables alone.
#pragma once

#include <initializer_list>
#include <utility>

#include "os/process/environment.h"

inline hlaunch::Environment with(std::initializer_list<std::pair<const char*, const char*>> variables) {
    hlaunch::Environment out;
    for (const auto& [name, value] : variables) out.set(name, value);
    return out;
}
