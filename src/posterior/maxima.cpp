#include "posterior/maxima.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "posterior/proposals/student_t.h"

namespace hlaunch {
namespace {

enum class Walk { moving, converged, stuck };

struct Climber {
    Eigen::VectorXd x;
    QuadraticForm form;
    Eigen::VectorXd scaling;  // largest curvature so far along each axis (More 1978)
    Eigen::VectorXd step;
    double promised = 0.0;  // decrease of -log density that the quadratic form sees in the step
    double damping = 1e-3;
    double growth = 2.0;
    int outside = 0;  // steps that left the support
    int idle = 0;     // steps in a row that gained next to nothing
    Walk walk = Walk::moving;
};

Eigen::VectorXd scaled_solve(const Eigen::MatrixXd& matrix, const Eigen::VectorXd& right) {
    const Eigen::VectorXd scale = matrix.diagonal().cwiseMax(1e-300).cwiseSqrt().cwiseInverse();
    const Eigen::MatrixXd scaled = scale.asDiagonal() * matrix * scale.asDiagonal();
    return scale.asDiagonal() * Eigen::LDLT<Eigen::MatrixXd>(scaled).solve(scale.asDiagonal() * right);
}

double promised_by(const QuadraticForm& form, const Eigen::VectorXd& step) {
    return -form.gradient.dot(step) - 0.5 * step.dot(form.curvature * step);
}

// What is left to gain by the quadratic form, hardly damped.
double left_to_gain(const Climber& climber) {
    Eigen::MatrixXd curvature = climber.form.curvature;
    curvature.diagonal() += 1e-10 * climber.scaling;
    return promised_by(climber.form, scaled_solve(curvature, -climber.form.gradient));
}

void plan_step(Climber& climber) {
    Eigen::MatrixXd damped = climber.form.curvature;
    damped.diagonal() += climber.damping * climber.scaling;
    climber.step = scaled_solve(damped, -climber.form.gradient);
    climber.promised = promised_by(climber.form, climber.step);
}

void arrive(Climber& climber, QuadraticForm form, double decrease) {
    climber.form = std::move(form);
    const Eigen::VectorXd curvature = climber.form.curvature.diagonal();
    const double least = 1e-12 * std::max(1e-300, curvature.maxCoeff());
    if (climber.scaling.size() == 0) climber.scaling.setConstant(curvature.size(), least);
    climber.scaling = climber.scaling.cwiseMax(curvature).eval();
    const double gain = left_to_gain(climber);
    if (!(gain >= decrease)) climber.walk = std::isfinite(gain) ? Walk::converged : Walk::stuck;
}

void refuse_step(Climber& climber, double factor) {
    climber.damping *= factor * climber.growth;
    climber.growth *= 2.0;
    if (climber.damping > 1e12) climber.walk = Walk::stuck;
}

void take_trial(Climber& climber, QuadraticForm&& trial, double decrease) {
    if (!trial.inside) {
        refuse_step(climber, 4.0);
        if (++climber.outside == 10) climber.walk = Walk::stuck;
        return;
    }
    const double noise = 1e-13 * std::abs(climber.form.value);
    const double ratio = (climber.form.value - trial.value + noise) / (climber.promised + noise);
    if (!(ratio > 1e-3)) return refuse_step(climber, 1.0);
    climber.x += climber.step;
    climber.idle = climber.form.value - trial.value < decrease ? climber.idle + 1 : 0;
    climber.damping *= std::max(0.1, 1.0 - std::pow(2.0 * std::min(ratio, 1.0) - 1.0, 3));
    climber.damping = std::max(climber.damping, 1e-12);
    climber.growth = 2.0;
    arrive(climber, std::move(trial), decrease);
    if (climber.idle == 3 && climber.walk == Walk::moving) climber.walk = Walk::stuck;
}

Maximum summarise(const Climber& climber) {
    Maximum result;
    result.x = climber.x;
    result.value = -climber.form.value;
    const Eigen::MatrixXd curvature = positive_definite(climber.form.curvature);
    const Eigen::VectorXd scale = curvature.diagonal().cwiseSqrt().cwiseInverse();
    const Eigen::MatrixXd scaled = scale.asDiagonal() * curvature * scale.asDiagonal();
    const Eigen::Index size = climber.x.size();
    const Eigen::LLT<Eigen::MatrixXd> cholesky(scaled);
    result.covariance = scale.asDiagonal() * cholesky.solve(Eigen::MatrixXd::Identity(size, size)) * scale.asDiagonal();
    const Eigen::MatrixXd factor = cholesky.matrixL();
    const double half_log_det = scale.array().log().sum() - factor.diagonal().array().log().sum();
    result.log_evidence =
        result.value + 0.5 * static_cast<double>(size) * std::log(2.0 * std::numbers::pi) + half_log_det;
    result.converged = climber.walk == Walk::converged;
    return result;
}

double squared_distance_by(const QuadraticForm& better, const Eigen::VectorXd& step) {
    return step.dot(better.curvature * step);
}

// A start that has come near a better one goes the same way: it need not be followed.
void join_climbers(std::vector<Climber>& climbers, std::vector<int>& leads_to) {
    constexpr double near = 0.01;
    for (std::size_t i = 0; i < climbers.size(); ++i)
        for (std::size_t j = 0; j < climbers.size() && climbers[i].walk == Walk::moving && leads_to[i] < 0; ++j) {
            const bool better = climbers[j].form.value < climbers[i].form.value;
            if (i == j || leads_to[j] >= 0 || !better) continue;
            if (squared_distance_by(climbers[j].form, climbers[i].x - climbers[j].x) < near)
                leads_to[i] = static_cast<int>(j);
        }
}

}  // namespace

MaximaResult find_maxima(Density& density, const Eigen::MatrixXd& starts, const MaximaLimits& limits) {
    constexpr double same_basin = 4.0;  // squared distance
    MaximaResult result;
    std::vector<Climber> climbers;
    std::vector<QuadraticForm> forms = density.quadratic(starts);
    for (std::size_t i = 0; i < forms.size(); ++i) {
        if (!forms[i].inside) {
            ++result.starts_outside;
            continue;
        }
        climbers.emplace_back();
        climbers.back().x = starts.row(static_cast<Eigen::Index>(i)).transpose();
        arrive(climbers.back(), std::move(forms[i]), limits.decrease);
    }
    std::vector<int> leads_to(climbers.size(), -1);
    for (; result.rounds < limits.rounds; ++result.rounds) {
        join_climbers(climbers, leads_to);
        std::vector<std::size_t> moving;
        for (std::size_t i = 0; i < climbers.size(); ++i)
            if (climbers[i].walk == Walk::moving && leads_to[i] < 0) moving.push_back(i);
        if (moving.empty()) break;
        Eigen::MatrixXd trials(static_cast<Eigen::Index>(moving.size()), density.dimensions());
        for (std::size_t k = 0; k < moving.size(); ++k) {
            plan_step(climbers[moving[k]]);
            trials.row(static_cast<Eigen::Index>(k)) = (climbers[moving[k]].x + climbers[moving[k]].step).transpose();
        }
        std::vector<QuadraticForm> tried = density.quadratic(trials);
        for (std::size_t k = 0; k < moving.size(); ++k)
            take_trial(climbers[moving[k]], std::move(tried[k]), limits.decrease);
    }

    std::vector<std::size_t> order;
    for (std::size_t i = 0; i < climbers.size(); ++i)
        if (leads_to[i] < 0) order.push_back(i);
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return climbers[a].form.value < climbers[b].form.value; });
    std::vector<std::size_t> ends;
    for (const std::size_t i : order) {
        std::size_t place = 0;
        while (place < ends.size() &&
               squared_distance_by(climbers[ends[place]].form, climbers[i].x - climbers[ends[place]].x) > same_basin)
            ++place;
        if (place == ends.size()) {
            ends.push_back(i);
            result.maxima.push_back(summarise(climbers[i]));
            result.maxima.back().starts = 0;
        }
        // Those that were not followed further count where they led.
        for (std::size_t k = 0; k < climbers.size(); ++k) {
            std::size_t at = k;
            while (leads_to[at] >= 0) at = static_cast<std::size_t>(leads_to[at]);
            if (at == i) ++result.maxima[place].starts;
        }
    }
    std::stable_sort(result.maxima.begin(), result.maxima.end(),
                     [](const Maximum& a, const Maximum& b) { return a.log_evidence > b.log_evidence; });
    return result;
}

}  // namespace hlaunch
