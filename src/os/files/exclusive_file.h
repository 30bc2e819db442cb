// A file that only one of many processes makes, on however many hosts share the folder: by link() and rename(),
// which hold also where flock() does not.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace hlaunch {

// How long ago the file was written or touched, by the clock of its FILE SYSTEM: a file touched in its folder just now
// is the measure. Nothing where the file is gone or the folder cannot be written to.
[[nodiscard]] std::optional<double> age_seconds(const std::filesystem::path& path);
// Sets its time to now, by the file system's clock. False where it is gone.
[[nodiscard]] bool touch(const std::filesystem::path& path);
// What those that were killed left: ".hlaunch-*.tmp" and whatever begins with `mark`, over a minute old by the file
// system's clock.
void remove_old_temporaries(const std::filesystem::path& folder, const std::string& mark) noexcept;
void remove_if_there(const std::filesystem::path& path) noexcept;

// Written whole under a name of our own before it gets a name that others look for. Throws infrastructure.
class ExclusiveFile {
  public:
    ExclusiveFile(const std::filesystem::path& folder, std::string_view bytes);
    ExclusiveFile(const ExclusiveFile&) = delete;
    ExclusiveFile& operator=(const ExclusiveFile&) = delete;
    ~ExclusiveFile();

    // Gives it the name too unless that is taken. Of many that try at once one gets true.
    [[nodiscard]] bool publish(const std::filesystem::path& name);
    // Takes the name from whatever has it. The object is used up.
    void replace(const std::filesystem::path& name);

  private:
    std::string bytes_;
    std::filesystem::path own_;
};

}  // namespace hlaunch
