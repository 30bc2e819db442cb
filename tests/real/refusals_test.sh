#!/usr/bin/env bash
# The traps of homodyne as tests of what WE do: refused before the start, or caught after it. Real homodyne throughout;
# where an error has to be injected, the fake says so in its name.
# shellcheck source=tests/real/lib.sh
. "$(dirname "$0")/lib.sh"
small_scan() { make_scan "$1" --frames 32 --phi 0,60,120 "${@:2}"; }
small_scan data --seed 1
make_sampling_yaml data good.yaml 40 40 optimization.cmc.sharding.num_shards=2
under=()
job() { ${under[@]+"${under[@]}"} "$HLAUNCH" --app "${APP:-$homodyne}" --quiet "$@" </dev/null; }
says() { # NAME CODE PATTERN ARGUMENT...
    local name=$1 code=$2 pattern=$3
    shift 3
    check_exit "$name" "$code" job "$@"
    check "$name: says why" grep -q -e "$pattern" "$T/check.err"
}

# Refused by the survey, before anything is started.
make_yaml data gone.yaml experimental_data.data_file_name=gone.h5
says "missing data" 2 "gone.h5 .* is not there" --config gone.yaml --output r1
make_yaml data phi.yaml phi_filtering.enabled=true 'phi_filtering.target_ranges=[{min_angle: 41.0, max_angle: 42.0}]'
says "a phi filter that matches no angle" 2 "match none of the angles" --config phi.yaml --output r2
sed 's/^analysis_mode:.*/analysis_mode: sideways/' good.yaml >mode.yaml
says "an unknown analysis mode" 2 "analysis_mode is 'sideways'" --config mode.yaml --output r3
printf 'analysis_mode: static\nexperimental_data: {}\n' >bare.yaml
says "a config without data" 2 "names no data file" --config bare.yaml --output r4
cp good.yaml notdata.yaml && sed -i 's/xpcs.h5/truth.json/' notdata.yaml
says "a data file that is no data" 2 "homodyne refuses it" --config notdata.yaml --output r5
for value in nan 1.0; do
    mkdir "of-$value"
    cp data/xpcs.h5 "of-$value"
    "$python" -c '
import sys, h5py
def spoil(name, item):
    if isinstance(item, h5py.Dataset) and item.ndim == 2 and min(item.shape) > 8:
        item[3, 4] = item[4, 3] = float(sys.argv[2])
        if sys.argv[2] != "nan":
            item[...] = float(sys.argv[2])
with h5py.File(sys.argv[1], "a") as file:
    file.visititems(spoil)' "of-$value/xpcs.h5" "$value"
    sed "s|: ./data/|: ./of-$value/|" good.yaml >"of-$value.yaml"
done
says "correlations that are no numbers" 2 "correlations to be analysed are no numbers" --config of-nan.yaml --output r12
says "correlations that are all the same" 2 "all 2883 correlations to be analysed are 2: nothing was measured" --config of-1.0.yaml --output r13
make_yaml data workers.yaml optimization.cmc.num_workers=-3
says "a worker count that is none" 2 "num_workers is -3" --config workers.yaml --output r6
make_yaml data pbs.yaml optimization.cmc.backend_config.name=pbs
says "a backend that places workers itself" 2 "backend_config.name is pbs" --config pbs.yaml --output r7
mkdir -p fake_version/homodyne-9.9.9.dist-info
printf 'Metadata-Version: 2.1\nName: homodyne\nVersion: 9.9.9\n' >fake_version/homodyne-9.9.9.dist-info/METADATA
PYTHONPATH=$T/fake_version says "a version the hooks do not know" 2 "homodyne 9.9.9 .*--split replicas" --mode cmc --config good.yaml --output r8
XLA_FLAGS="--xla_dump_to=$T/hlo --xla_nonsense=1 --xla_cpu_enable_xla_runtime=true" says "flags that this jaxlib does not know, one of them removed" 2 \
    "XLA_FLAGS: --xla_nonsense=1 --xla_cpu_enable_xla_runtime=true: unknown to jaxlib 0" --config good.yaml --output r10
XLA_FLAGS=--xla_dump_hlo_as_dot=banana says "a value that it does not take" 2 "xla_dump_hlo_as_dot=banana: no value" --config good.yaml --output r11
check "bare words and flags given twice are told by the plan" bash -c 'XLA_FLAGS="$4 word --xla_dump_hlo_as_dot=false --xla_dump_hlo_as_dot=true" \
    "$1" plan --mode nlsq --config good.yaml --app "$2" --json </dev/null 2>/dev/null | "$3" -c "
import json, sys
warnings = json.load(sys.stdin)[\"warnings\"]
for words in (\"bare word\", \"xla_dump_hlo_as_dot more than once\", \"hlaunch sets its own\"):
    assert any(words in w for w in warnings), warnings"' _ "$HLAUNCH" "$homodyne" "$python" --xla_force_host_platform_device_count=9
check "nothing was started by any of these" bash -c '! ls -d r*/nlsq r*/parts 2>/dev/null | grep -q .'

# A run whose data cache a second scan would share: each gets its own answer.
mkdir second && small_scan second/data --seed 2 --D0 15000
for scan in "" second/; do # both share one cache folder, as users' configs do
    sed "s|cache_file_path:.*|cache_file_path: $T/shared|; s|: ./data/|: ./${scan}data/|" good.yaml >"${scan:+second_}shared.yaml"
done
check "a first scan" job --mode nlsq --config shared.yaml --output first
cpu=$(taskset -cp $$ | sed "s/.*[,: -]//")
under=(taskset -c "$cpu")
check "a second scan with the same cache folder" job --mode nlsq --config second_shared.yaml --output second/out
under=()
check_equal "under taskset no CPU but its own is used" "$cpu" \
    "$("$python" -c 'import json; print(json.load(open("second/out/nlsq/proof.json"))["observed"]["affinity"])')"
check "is answered with its own data" "$python" -c '
import json
one, two = (json.load(open(p + "/merged/nlsq/parameters.json"))["parameters"]["D0"]["value"] for p in ("first", "second/out"))
assert abs(one - 28000) < 4000 and abs(two - 15000) < 4000, (one, two)'
check "and the shared folder was not touched" test ! -e shared
check "no heatmaps in an instance" bash -c '! find first -name "*.png" | grep -q .'

# Exit code 0 is not believed: an application that says success and leaves a diverged or no result.
# fake_*: the survey and all else are the real homodyne's; only the stage under test is injected.
cat >fake_silent_nlsq <<F
#!/bin/bash
case "\$*" in *"--method nlsq"*) exit 0 ;; esac
exec $homodyne "\$@"
F
cat >fake_unconverged_nlsq <<F
#!/bin/bash
$homodyne "\$@" || exit
case "\$*" in *"--method nlsq"*) sed -i 's/"converged"/"failed"/' ../out/nlsq/parameters.json ;; esac
F
cat >fake_lost_shard <<F
#!/bin/bash
$homodyne "\$@" || exit
case "\$*" in *"--method cmc"*) rm -f ../shards/00001.npz ;; esac
F
cat >fake_silent_cmc <<F
#!/bin/bash
case "\$*" in *"--method cmc"*) exit 0 ;; esac
exec $homodyne "\$@"
F
chmod +x fake_*
# What the machine lacks is said before anything is started, not after hours.
mkdir broken
echo "no library" >"broken/$(ldconfig -p | grep -o 'libzip\.so\.[0-9]*' | head -n 1)"
LD_LIBRARY_PATH=$T/broken says "a machine without libzip" 3 "loading libzip" --mode cmc --config good.yaml --output n0
check "nothing was started there" test ! -e n0/parts
APP=$T/fake_silent_nlsq says "NLSQ that leaves nothing, exit 0" 1 "left no" --mode cmc --config good.yaml --output n1
APP=$T/fake_unconverged_nlsq says "NLSQ that did not converge, exit 0" 1 "status is 'failed'" --mode cmc --config good.yaml --output n2
# Few draws: of shards that did not converge. By one worker, which compiles once.
few=(--nlsq-result first/nlsq/out --num-workers 1)
make_sampling_yaml data short.yaml 20 24 optimization.cmc.sharding.num_shards=2 optimization.cmc.per_shard_mcmc.adaptive_sampling=false
APP=$T/fake_lost_shard says "a shard lost, exit 0" 1 "1 of 2 shards are captured" --mode cmc --config short.yaml --output short "${few[@]}"
check_exit "a worker whose shards are lost each time gives up" 1 "$HLAUNCH" worker --mode cmc --config short.yaml --output n4 \
    --app "$T/fake_silent_cmc" --nlsq-result first/nlsq/out --per machine --quiet
check "and says so" grep -q "none of the 2 shards" check.err

# The rest is drawn by the same command. Shards that diverged or did not converge are not merged, whatever the exit codes say.
kept=$(shard_files short)
job --mode cmc --config short.yaml --output short "${few[@]}" >short.out 2>short.err && code=0 || code=$?
check_equal "the same command again draws the lost one" "00000.npz 00001.npz" "$(shards short/parts)"
check_equal "and leaves the other as it is" "$kept" "$(shard_files short <(echo "$kept"))"
check_equal "shards that did not converge are refused" 1 "$code"
check "shards that did not converge: says why" grep -q "merge refused: ess" short.err
check "no draws are handed out" test ! -e short/merged/cmc/samples.npz -a -s short/merged/merge.json
check "but all shards are kept" test -s short/parts/000/shards/00000.npz
# The remedy is followed as it is written: the keys it names decide what is drawn.
read -r -a raised < <("$python" -c '
import json, re
ess = next(c for c in json.load(open("short/merged/merge.json"))["checks"] if c["name"] == "ess")
print(*[f"{key}={3 * int(now)}" for key, now in re.findall(r"(\S+) \(now (\d+)\)", ess["text"])])')
check_equal "the remedy names what decides here" "optimization.mcmc.num_samples=72 optimization.mcmc.num_warmup=60" "${raised[*]}"
make_sampling_yaml data longer.yaml 20 24 optimization.cmc.sharding.num_shards=2 \
    optimization.cmc.per_shard_mcmc.adaptive_sampling=false "${raised[@]}"
job --mode cmc --config longer.yaml --output longer "${few[@]}" >/dev/null 2>&1 || :
check_equal "followed, three times as much is drawn" "60 72" "$("$python" -c '
import json, numpy
meta = json.loads(str(numpy.load("longer/parts/000/shards/00000.npz")["meta"]))
print(meta["n_warmup"], meta["n_samples"])')"

# Replicas: homodyne's own combination of shards is no set of draws to pool; whole runs of unsharded data are.
says "replicas of a sharded run" 2 "no draws to pool" --mode cmc --split replicas --per cores:1 --config good.yaml --output r9
make_sampling_yaml data whole.yaml 40 40 optimization.cmc.enable=false
check "replicas with seeds of their own are pooled" job --mode cmc --split replicas --per cores:1 --config whole.yaml --output replicas \
    --nlsq-result first/nlsq/out --accept r-hat --accept ess
check "their draws differ, their chains are all there" "$python" -c '
import numpy as np
merged = np.load("replicas/merged/cmc/samples.npz")["samples"]
parts = [np.load(f"replicas/parts/00{i}/out/cmc/samples.npz")["samples"] for i in (0, 1)]
assert len(merged) == sum(map(len, parts)) and not np.array_equal(*parts)'
summary
