// libzip, which is loaded when the first of its functions is called (zip_on_demand.cpp).
#pragma once

namespace hlaunch {

// Loads it now, for who would miss it only after hours. Throws infrastructure Error, naming it.
void load_libzip();

}  // namespace hlaunch
