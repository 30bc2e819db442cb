// How zip_on_demand.cpp and hwloc_on_demand.cpp pass a C library's functions on to it: the library is loaded when the
// first of them is called, so that a start that needs none of it (`hlaunch exec`) does not pay for it. A function that
// is not passed on is an undefined reference at link time.
#pragma once

#include <dlfcn.h>

#include "base/error.h"

namespace hlaunch {

// Throws infrastructure Error, naming the library.
template <class Function>
Function* resolve_on_demand(const char* soname, const char* name) {
    // Never closed: it stays for as long as the process, and loading it again only counts.
    void* const library = ::dlopen(soname, RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) throw infrastructure_error("loading {} failed: {}; install it", soname, ::dlerror());
    void* symbol = ::dlsym(library, name);
    if (symbol == nullptr)
        throw infrastructure_error("{} has no {}; install the version hlaunch was built with", soname, name);
    return reinterpret_cast<Function*>(symbol);
}

}  // namespace hlaunch

// The body of a definition, which must agree with the library's own declaration, or it does not compile.
#define HLAUNCH_FORWARD(soname, name, ...)                                               \
    static auto* const real = hlaunch::resolve_on_demand<decltype(name)>(soname, #name); \
    return real(__VA_ARGS__)
