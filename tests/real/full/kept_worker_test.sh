#!/usr/bin/env bash
# 200 analyses in a row in one kept process: threads and descriptors at each are those after the fifth, and memory is flat.
# shellcheck source=tests/real/lib.sh
. "$(dirname "$0")/../lib.sh"
kept() { "$python" "$real/kept_worker.py" "$@"; }
# Static and laminar flow of nine numbers of frames: all are compiled after the eighteenth.
check "200 analyses: threads and descriptors as after the 5th, at most 50 MiB more than after the 20th" \
    kept many --analyses 200 --frames 32,34,36,38,40,42,44,46,48 --steady-from 5 --steady-after 20 --grown-by 50
# Each scan has a shape that none before had, and so code of its own: 24 MiB each, were it never dropped.
check "40 scans of 40 shapes: growth is bounded" \
    kept shapes --analyses 40 --frames "$(seq -s, 29 48)" --most-compiled 150 --steady-from 5 --steady-after 12 --grown-by 200
# With rounds of the density of each, as an exact posterior asks them.
check "20 analyses with densities: threads and descriptors as after the 5th, at most 60 MiB more than after the 8th" \
    kept densities --analyses 20 --frames 32,36 --posterior --steady-from 5 --steady-after 8 --grown-by 60
summary
