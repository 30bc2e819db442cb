#include <zip.h>

#include <array>
#include <string>

#include "catch.h"
#include "os/files/file.h"
#include "support/temporary_folder.h"

TEST_CASE("libzip loaded on demand writes and reads an archive") {
    const TemporaryFolder folder;
    const std::string path = (folder / "a.zip").native();
    CHECK(hlaunch::read_text("/proc/self/maps").find("libzip") == std::string::npos);  // not linked
    int error = 0;
    zip_t* archive = zip_open(path.c_str(), ZIP_CREATE, &error);
    REQUIRE(archive != nullptr);
    const std::string content(100000, 'x');
    zip_source_t* source = zip_source_buffer(archive, content.data(), content.size(), 0);
    REQUIRE(source != nullptr);
    CHECK(zip_file_add(archive, "entry", source, 0) == 0);
    CHECK(zip_name_locate(archive, "none", 0) == -1);
    CHECK(std::string(zip_strerror(archive)).find("No such file") != std::string::npos);
    REQUIRE(zip_close(archive) == 0);
    CHECK(std::filesystem::file_size(path) < 1000);

    archive = zip_open(path.c_str(), ZIP_RDONLY, &error);
    REQUIRE(archive != nullptr);
    CHECK(zip_get_num_entries(archive, 0) == 1);
    zip_file_t* file = zip_fopen_index(archive, 0, 0);
    REQUIRE(file != nullptr);
    std::array<char, 200000> buffer{};
    CHECK(zip_fread(file, buffer.data(), buffer.size()) == 100000);
    CHECK(std::string(buffer.data(), 100000) == content);
    CHECK(zip_fclose(file) == 0);
    zip_discard(archive);
    CHECK(zip_open((folder / "missing.zip").c_str(), ZIP_RDONLY, &error) == nullptr);
    CHECK(error == ZIP_ER_NOENT);
}
