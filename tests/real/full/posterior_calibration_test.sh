#!/usr/bin/env bash
# Simulation-based calibration: 200 static and 200 laminar scans whose truths are drawn from the priors, each pair of times counted
# once and twice. Once is calibrated; twice, which is homodyne's, is told as it is. Every scan has a posterior.
# SCANS=N: so many of each.
# shellcheck source=tests/real/lib.sh
. "$(dirname "$0")/../lib.sh"
scans=${SCANS:-200}
for mode in static laminar_flow; do
    make_scan $mode-first --mode $mode --frames 24 --phi 0,60,120 --seed 1
    make_yaml $mode-first $mode.yaml analyzer_parameters.end_frame=24
    check "$mode: a first scan, for the priors" "$HLAUNCH" run --config $mode.yaml --mode cmc --posterior exact --prior-source yaml \
        --app "$homodyne" --reserve-cores 0 --output $mode-run --quiet
    check "$mode: truths from the priors" "$python" "$real/calibration.py" draw $mode-run/posterior/points/model.json $mode --scans "$scans" --mode $mode
    for pairs in once twice; do
        "$HLAUNCH" campaign --config $mode.yaml --data "$mode/*/xpcs.h5" --plots none --app "$homodyne" --reserve-cores 0 --posterior exact \
            --prior-source yaml --pairs $pairs --output $mode-campaign-$pairs --quiet >/dev/null 2>$mode-$pairs.err || :
        limits=()
        if [ $pairs = once ]; then limits=(--limit 1.95 --most 0.17); fi
        check "$mode, $pairs: every scan has a posterior${limits:+, and it is calibrated}" "$python" "$real/calibration.py" ranks $mode-campaign-$pairs "${limits[@]}"
        "$python" "$real/calibration.py" ranks $mode-campaign-$pairs | sed "s/^#/# $mode $pairs:/" || :
    done
done
summary
