#!/usr/bin/env bash
# A process of homodyne that is kept for many analyses holds no more after the twelfth than after the fifth: no thread, no descriptor,
# no memory, nothing remembered of a scan. full/kept_worker_test.sh does the same 200 times.
# shellcheck source=tests/real/lib.sh
. "$(dirname "$0")/lib.sh"
check "what is left of an analysis goes, and what the next one needs stays" "$python" "$real/afterwards.py"
# Two numbers of frames in two modes: all are compiled after the fourth.
check "12 analyses, three more of torn files among them, leave neither threads nor descriptors, nor memory" \
    "$python" "$real/kept_worker.py" kept --analyses 12 --frames 32,36 --broken-each 4 --steady-from 5 --steady-after 7 --grown-by 20
summary
