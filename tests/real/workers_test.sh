#!/usr/bin/env bash
# The workers homodyne would start, asked from its own backend while the hooks answer for machines of 1 to 128 cores: as many as
# planned (tests/unit/job/request/placements_test.cpp has the plan). A run with three workers is in main_job_test.sh.
# shellcheck source=tests/real/lib.sh
. "$(dirname "$0")/lib.sh"
check_equal "homodyne starts as many workers as planned for 1, 16, 64 and 128 cores" "1 6 30 62" \
    "$(PYTHONPATH=$REPO/src/homodyne/shim "$python" -c '
from hlaunch_shim.process import placement
from homodyne.optimization.cmc.backends.multiprocessing import MultiprocessingBackend
started = []
for workers in (1, 6, 30, 62):
    placement.install({"placement": {"logical": 2 * workers + 2, "physical": workers + 1}})
    started.append(MultiprocessingBackend().n_workers)
print(*started)' 2>/dev/null)"
summary
