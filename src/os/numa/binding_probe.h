// Whether binding is possible here at all, without binding anybody: containers forbid it by seccomp.
#pragma once

#include <optional>
#include <string>

#include "os/numa/binding.h"

namespace hlaunch {

// Tries it in a thread of its own, which ends. Nothing: it works; else one line with the remedy.
[[nodiscard]] std::optional<std::string> binding_complaint(const Binding& binding);

}  // namespace hlaunch
