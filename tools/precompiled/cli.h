// As json.h, for the command line.
#include <CLI/CLI.hpp>

#include "json.h"
