// What a merge must know of an application's model, behind interfaces: in which coordinates it
// sampled (there the priors are Gaussian and tempered), what parameters those mean, and other
// coordinates in which its posterior may be nearer to a Gaussian.
#pragma once

#include <Eigen/Dense>
#include <string>
#include <vector>

namespace hlaunch {

// A one-to-one map from sampling coordinates x to merge coordinates u of the same dimension.
class Coordinate {
  public:
    virtual ~Coordinate() = default;
    [[nodiscard]] virtual std::string name() const = 0;         // one word: "z", "eta"
    [[nodiscard]] virtual std::string description() const = 0;  // for reports
    // False where the map is not defined. `du_dx` gets the square matrix of derivatives.
    virtual bool from_sampling(const Eigen::VectorXd& x, Eigen::VectorXd& u, Eigen::MatrixXd& du_dx) const = 0;
    virtual bool to_sampling(const Eigen::VectorXd& u, Eigen::VectorXd& x) const = 0;
};

class SamplingCoordinate final : public Coordinate {  // u = x: needs no model
  public:
    [[nodiscard]] std::string name() const override { return "z"; }
    [[nodiscard]] std::string description() const override { return "the application's own sampling coordinate"; }
    bool from_sampling(const Eigen::VectorXd& x, Eigen::VectorXd& u, Eigen::MatrixXd& du_dx) const override {
        u = x;
        du_dx.setIdentity(x.size(), x.size());
        return true;
    }
    bool to_sampling(const Eigen::VectorXd& u, Eigen::VectorXd& x) const override {
        x = u;
        return true;
    }
};

class Parametrisation {
  public:
    virtual ~Parametrisation() = default;
    [[nodiscard]] virtual const std::vector<std::string>& sites() const = 0;       // names of x
    [[nodiscard]] virtual const std::vector<std::string>& parameters() const = 0;  // names of theta, as many
    // False outside the bounds of the model.
    virtual bool to_parameters(const Eigen::VectorXd& x, Eigen::VectorXd& theta) const = 0;
    // Candidates for the merge; the sampling coordinate is first. Owned by this object.
    [[nodiscard]] virtual std::vector<const Coordinate*> coordinates() const = 0;
};

}  // namespace hlaunch
