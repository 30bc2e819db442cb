// The two distribution functions that diagnostics need and the standard library lacks.
#pragma once

namespace hlaunch {

// Inverse of the standard normal's cumulative distribution, p in (0, 1). Wichura (1988), AS 241:
// 1e-15 relative.
[[nodiscard]] double normal_quantile(double probability);

// P(X >= x) for X chi-square with `degrees` of freedom: the regularised upper incomplete gamma
// Q(degrees/2, x/2).
[[nodiscard]] double chi_square_survival(double x, double degrees);

}  // namespace hlaunch
