#!/usr/bin/env python3
"""Make an XPCS scan with a known truth, in the HDF5 layout of APS-U that homodyne reads.

usage: make_xpcs.py OUTDIR [--mode static|laminar_flow] [--frames N] [--phi DEG,...] [--q Q,...] [--noise SD] ...
Writes OUTDIR/xpcs.h5 and OUTDIR/truth.json. Two-time correlation c2 = offset + contrast * (g1_diffusion * g1_shear)^2 with
    g1_diffusion = exp(-q^2/2 * dt * |S_D(t2) - S_D(t1)|)           D(t) = D0 * t^alpha + D_offset
    g1_shear     = (sin x / x)^2, x = q*L*dt/(2 pi) * cos(phi0 - phi) * |S_G(t2) - S_G(t1)|
                                                                    G(t) = gamma_dot_t0 * t^beta + gamma_dot_t_offset
where S is the cumulative trapezoid over frames and t = 0 is taken as dt/2: homodyne's own discrete model
(homodyne/core/physics_cmc.py), to which tests/real/model_test.sh compares this file. Units: angstrom, second, degree.
"""
import argparse
import json
import os
import sys

import h5py
import numpy as np

TRUTH = {
    "static": {"D0": 28000.0, "alpha": -0.45, "D_offset": 1800.0},
    "laminar_flow": {
        "D0": 8000.0, "alpha": -0.3, "D_offset": 500.0,
        "gamma_dot_t0": 0.001, "beta": -0.2, "gamma_dot_t_offset": 1e-4, "phi0": 4.0,
    },
}
PHI = {"static": "0,30,60,90,120,150", "laminar_flow": "0,20,45,70,90,110,135,160"}


def cumulative_trapezoid(rate):
    """Integral over frames, in units of dt: zero at the first frame."""
    return np.concatenate([[0.0], np.cumsum(0.5 * (rate[1:] + rate[:-1]))])


def between_frames(rate):
    total = cumulative_trapezoid(np.maximum(rate, 1e-10))
    # homodyne's smooth |d|: without it the sheared model is 1e-8 off.
    return np.sqrt((total[:, None] - total[None, :]) ** 2 + 1e-12)


def c2_model(truth, q, phi, dt, frames, gap, contrast, offset):
    """(frames, frames), noiseless. Static where truth has no shear rate."""
    t = np.maximum(np.arange(frames) * dt, dt / 2)
    g1 = np.exp(-0.5 * q * q * dt * between_frames(truth["D0"] * t ** truth["alpha"] + truth["D_offset"]))
    if "gamma_dot_t0" in truth:
        strain = between_frames(truth["gamma_dot_t0"] * t ** truth["beta"] + truth["gamma_dot_t_offset"])
        x = 0.5 / np.pi * q * gap * dt * np.cos(np.deg2rad(truth["phi0"] - phi)) * strain
        g1 = g1 * np.sinc(x / np.pi) ** 2  # numpy's sinc is sin(pi x) / (pi x)
    return offset + contrast * g1 ** 2


def numbers(text):
    try:
        values = [float(word) for word in text.split(",")]
    except ValueError:
        raise argparse.ArgumentTypeError(f"'{text}' is no comma-separated list of numbers")
    if not all(np.isfinite(values)):
        raise argparse.ArgumentTypeError(f"'{text}' holds a value that is not finite")
    return values


def read_arguments(argv):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("outdir")
    parser.add_argument("--mode", choices=sorted(TRUTH), default="static")
    parser.add_argument("--frames", type=int, default=64)
    parser.add_argument("--phi", type=numbers, help="angles in degrees; default by mode")
    parser.add_argument("--q", type=numbers, default=[0.0054], help="one or several, in 1/angstrom")
    parser.add_argument("--D0-by-q", type=numbers, help="truth that depends on q: a D0 for each of --q")
    parser.add_argument("--dt", type=float, default=0.1, help="seconds a frame")
    parser.add_argument("--gap", type=float, default=2e6, help="stator-rotor gap in angstrom")
    parser.add_argument("--noise", type=float, default=0.01, help="standard deviation of a value of c2; 0 for none")
    parser.add_argument("--noise-by-angle", type=numbers, help="instead: one for each angle")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--contrast", type=float, default=0.25)
    parser.add_argument("--offset", type=float, default=1.0)
    parser.add_argument("--angle-spread", type=float, default=0.0, help="relative sd of contrast (a tenth of it: of offset) by angle")
    for name in TRUTH["laminar_flow"]:
        parser.add_argument("--" + name, type=float, default=None, help="truth")
    a = parser.parse_args(argv)
    if a.frames < 3 or a.dt <= 0 or a.noise < 0 or min(a.q) <= 0:
        parser.error("needs --frames >= 3, --dt > 0, --noise >= 0 and q > 0")
    if a.D0_by_q and len(a.D0_by_q) != len(a.q):
        parser.error(f"--D0-by-q has {len(a.D0_by_q)} values for {len(a.q)} of --q")
    a.phi = a.phi or numbers(PHI[a.mode])
    if a.noise_by_angle and (len(a.noise_by_angle) != len(a.phi) or min(a.noise_by_angle) < 0):
        parser.error(f"--noise-by-angle needs one value >= 0 for each of the {len(a.phi)} angles")
    a.truth = dict(TRUTH[a.mode])
    for name in TRUTH["laminar_flow"]:
        value = getattr(a, name)
        if value is not None:
            if name not in a.truth:
                parser.error(f"--{name} has no meaning in --mode {a.mode}")
            a.truth[name] = value
    return a


def main(argv):
    a = read_arguments(argv)
    rng = np.random.default_rng(a.seed)
    contrast = a.contrast * (1 + a.angle_spread * rng.standard_normal(len(a.phi)))
    offset = a.offset * (1 + 0.1 * a.angle_spread * rng.standard_normal(len(a.phi)))
    os.makedirs(a.outdir, exist_ok=True)
    name = os.path.join(a.outdir, "xpcs.h5")
    with h5py.File(name + ".tmp", "w") as file:
        # Bins count from 1, all angles of the first q first; a map holds the upper triangle only.
        file["xpcs/twotime/processed_bins"] = np.arange(1, len(a.q) * len(a.phi) + 1, dtype=np.int64)
        file["xpcs/qmap/dynamic_v_list_dim0"] = np.array(a.q)
        file["xpcs/qmap/dynamic_v_list_dim1"] = np.array(a.phi)
        for i, q in enumerate(a.q):
            truth = {**a.truth, "D0": a.D0_by_q[i]} if a.D0_by_q else a.truth
            for k, phi in enumerate(a.phi):
                c2 = c2_model(truth, q, phi, a.dt, a.frames, a.gap, contrast[k], offset[k])
                noise = a.noise_by_angle[k] if a.noise_by_angle else a.noise
                if noise > 0:
                    c2 = c2 + rng.normal(0.0, noise, c2.shape)
                file[f"xpcs/twotime/correlation_map/c2_{i * len(a.phi) + k + 1:05d}"] = np.triu(c2)
    os.replace(name + ".tmp", name)
    with open(os.path.join(a.outdir, "truth.json"), "w") as file:
        json.dump({
            "analysis_mode": a.mode, "parameters": a.truth, "contrast": contrast.tolist(), "offset": offset.tolist(),
            "q": a.q, "phi": a.phi, "dt": a.dt, "frames": a.frames, "stator_rotor_gap": a.gap,
            "noise": a.noise_by_angle or a.noise, "seed": a.seed, "D0_by_q": a.D0_by_q,
        }, file, indent=1)
        file.write("\n")


if __name__ == "__main__":
    main(sys.argv[1:])
