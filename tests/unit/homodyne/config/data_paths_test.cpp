#include "homodyne/config/data_paths.h"

#include "catch.h"

using namespace hlaunch::homodyne;
using Paths = std::vector<std::string>;

TEST_CASE("the data files that a config names") {
    CHECK(data_paths("experimental_data: {data_folder_path: ./d/, data_file_name: a.h5}") == Paths{"./d/a.h5"});
    CHECK(data_paths("experimental_data: {data_folder_path: ./d, data_file_name: /abs/a.h5}") == Paths{"/abs/a.h5"});
    CHECK(data_paths("experimental_data:\n  file_path: x.npz") == Paths{"x.npz"});
    CHECK(data_paths("experimental_data: {data_folder_path: d, data_file_name: a, file_path: b}") == Paths{"d/a", "b"});
    CHECK(data_paths("experimental_data: {data_folder_path: d, file_path: null}").empty());
    CHECK(data_paths("experimental_data: {data_folder_path: [d], data_file_name: a}").empty());
    CHECK(data_paths("experimental_data: 3").empty());
    CHECK(data_paths("a: 1").empty());
    CHECK(data_paths("- a").empty());
}
