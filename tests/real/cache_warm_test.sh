#!/usr/bin/env bash
# The hooks of `hlaunch cache warm` with the real NumPyro: each way to run its chains is stopped once its sampler is kept. The whole
# command: tests/real/full/cache_warm_test.sh.
# shellcheck source=tests/real/lib.sh
. "$(dirname "$0")/lib.sh"
export HLAUNCH_JIT_CACHE=$T/own XLA_FLAGS=--xla_force_host_platform_device_count=2
unset CI PYTEST_XDIST_WORKER # where they are set NumPyro draws no bar
samplers() { "$python" "$real/warm_program.py" "$REPO/src/homodyne/shim" 2>"$1.err" | sort | uniq -c | awk '{print $1, $2}' | xargs; }
# One chain runs the program of two that run one after the other, with a bar and without.
check_equal "eight samplers, six programs, no draw" "6 compiled 2 found" "$(samplers cold)"
check_equal "all are found again" "8 found" "$(samplers warm)"
summary
