#include "os/numa/binding_probe.h"

#include <thread>

namespace hlaunch {

std::optional<std::string> binding_complaint(const Binding& binding) {
    try {
        PreparedBinding prepared(binding);
        BindOutcome outcome;
        // Mask and policy belong to a thread: ours stay as they are.
        std::thread([&] { outcome = prepared.apply(); }).join();
        if (outcome.ok()) return std::nullopt;
        return prepared.explain(outcome).what();
    } catch (const Error& error) {
        return error.what();
    }
}

}  // namespace hlaunch
