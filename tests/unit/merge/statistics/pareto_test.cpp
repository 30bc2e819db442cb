#include "merge/statistics/pareto.h"

#include <cmath>
#include <string>

#include "catch.h"
#include "merge/references.h"

using namespace hlaunch;
using namespace references;

TEST_CASE("Pareto k agrees with ArviZ") {
    const NpzReader npz = reference("pareto.npz");
    for (const char* name : {"light", "heavy", "pareto", "few"}) {
        INFO(name);
        CHECK(pareto_k(vector(npz, name)) == Approx(vector(npz, std::string(name) + "_expected")(0)).epsilon(1e-8));
    }
    CHECK(pareto_k(Eigen::VectorXd::Zero(100)) < 0.0);
    CHECK(pareto_k(Eigen::VectorXd::Constant(100, NAN)) > 1.0);
}
