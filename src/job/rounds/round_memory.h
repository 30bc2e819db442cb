// What was computed in former rounds, on disk: the same question again is answered from there, so that a start after a
// kill comes to where the last one was with the same numbers.
#pragma once

#include <Eigen/Dense>
#include <optional>
#include <string>

namespace hlaunch {

class RoundMemory {
  public:
    // What another key has left in the folder is removed.
    RoundMemory(std::string folder, const std::string& key);

    [[nodiscard]] std::string name_of(const std::string& what, const Eigen::MatrixXd& question) const;
    [[nodiscard]] std::optional<Eigen::MatrixXd> find(const std::string& name) const;  // a torn one is none
    // Without a wait for the disk, which took longer than a round of a small scan: a sum behind the array tells whether
    // a machine that went down had written it.
    void keep(const std::string& name, const Eigen::MatrixXd& answer) const;

  private:
    std::string folder_;
};

}  // namespace hlaunch
