// Headers that most files of the larger rooms include, read once a room. Only the build knows this file: every source
// includes what it uses (a build without: -Db_pch=false).
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <vector>
