#include "merge/statistics/special_functions.h"

#include <array>
#include <cmath>
#include <limits>

namespace hlaunch {
namespace {

using Coefficients = std::array<double, 8>;  // ascending powers

double polynomial(const Coefficients& c, double x) {
    double value = 0.0;
    for (auto at = c.rbegin(); at != c.rend(); ++at) value = value * x + *at;
    return value;
}

// AS 241, PPND16: centre, near tail, far tail.
constexpr Coefficients a{3.3871328727963666080e0,  1.3314166789178437745e+2, 1.9715909503065514427e+3,
                         1.3731693765509461125e+4, 4.5921953931549871457e+4, 6.7265770927008700853e+4,
                         3.3430575583588128105e+4, 2.5090809287301226727e+3};
constexpr Coefficients b{1.0,
                         4.2313330701600911252e+1,
                         6.8718700749205790830e+2,
                         5.3941960214247511077e+3,
                         2.1213794301586595867e+4,
                         3.9307895800092710610e+4,
                         2.8729085735721942674e+4,
                         5.2264952788528545610e+3};
constexpr Coefficients c{1.42343711074968357734e0,  4.63033784615654529590e0, 5.76949722146069140550e0,
                         3.64784832476320460504e0,  1.27045825245236838258e0, 2.41780725177450611770e-1,
                         2.27238449892691845833e-2, 7.74545014278341407640e-4};
constexpr Coefficients d{1.0,
                         2.05319162663775882187e0,
                         1.67638483018380384940e0,
                         6.89767334985100004550e-1,
                         1.48103976427480074590e-1,
                         1.51986665636164571966e-2,
                         5.47593808499534494600e-4,
                         1.05075007164441684324e-9};
constexpr Coefficients e{6.65790464350110377720e0,  5.46378491116411436990e0,  1.78482653991729133580e0,
                         2.96560571828504891230e-1, 2.65321895265761230930e-2, 1.24266094738807843860e-3,
                         2.71155556874348757815e-5, 2.01033439929228813265e-7};
constexpr Coefficients f{1.0,
                         5.99832206555887937690e-1,
                         1.36929880922735805310e-1,
                         1.48753612908506148525e-2,
                         7.86869131145613259100e-4,
                         1.84631831751005468180e-5,
                         1.42151175831644588870e-7,
                         2.04426310338993978564e-15};

}  // namespace

double normal_quantile(double probability) {
    if (!(probability > 0.0 && probability < 1.0)) return std::numeric_limits<double>::quiet_NaN();
    const double q = probability - 0.5;
    if (std::abs(q) <= 0.425) {
        const double r = 0.180625 - q * q;
        return q * polynomial(a, r) / polynomial(b, r);
    }
    double r = std::sqrt(-std::log(q < 0.0 ? probability : 1.0 - probability));
    const double tail =
        r <= 5.0 ? polynomial(c, r - 1.6) / polynomial(d, r - 1.6) : polynomial(e, r - 5.0) / polynomial(f, r - 5.0);
    return q < 0.0 ? -tail : tail;
}

double chi_square_survival(double x, double degrees) {
    if (!(degrees > 0.0) || std::isnan(x)) return std::numeric_limits<double>::quiet_NaN();
    if (x <= 0.0) return 1.0;
    if (std::isinf(x)) return 0.0;
    const double shape = 0.5 * degrees;
    const double y = 0.5 * x;
    const double front = std::exp(shape * std::log(y) - y - std::lgamma(shape));
    constexpr int max_terms = 10000;
    constexpr double precision = 1e-15;
    if (y < shape + 1.0) {  // series of the lower function
        double term = 1.0 / shape;
        double sum = term;
        for (int n = 1; n < max_terms && term > precision * sum; ++n) {
            term *= y / (shape + n);
            sum += term;
        }
        return 1.0 - front * sum;
    }
    // Continued fraction of the upper function, by Lentz's method.
    constexpr double tiny = 1e-300;
    double bb = y + 1.0 - shape;
    double cc = 1.0 / tiny;
    double dd = 1.0 / bb;
    double h = dd;
    for (int n = 1; n < max_terms; ++n) {
        const double an = -n * (n - shape);
        bb += 2.0;
        dd = an * dd + bb;
        if (std::abs(dd) < tiny) dd = tiny;
        cc = bb + an / cc;
        if (std::abs(cc) < tiny) cc = tiny;
        dd = 1.0 / dd;
        const double step = dd * cc;
        h *= step;
        if (std::abs(step - 1.0) < precision) break;
    }
    return front * h;
}

}  // namespace hlaunch
