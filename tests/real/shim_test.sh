#!/usr/bin/env bash
# The Python hooks by themselves: what psutil and os answer, names of shared memory, chaining, and the parts' config.
# shellcheck source=tests/real/lib.sh
. "$(dirname "$0")/lib.sh"
shim=$REPO/src/homodyne/shim
cat >task.json <<'J'
{"task": "plain", "placement": {"logical": 6, "physical": 4, "memory_bytes": 1000000000}, "shm_prefix": "hl-test-0-"}
J
hooked() { PYTHONPATH=$shim:$T/theirs HLAUNCH_TASK=$T/task.json "$python" "$@"; }
check_equal "os, psutil and multiprocessing answer for the placement" "6 4 6 1000000000 6" "$(hooked -c '
import os, psutil, multiprocessing
print(os.cpu_count(), psutil.cpu_count(logical=False), psutil.cpu_count(), psutil.virtual_memory().total, multiprocessing.cpu_count())')"
check_equal "and so in a spawned worker" "6 4" "$(cat >w.py <<'P'
import multiprocessing, os
def answer(q):
    import psutil
    q.put((os.cpu_count(), psutil.cpu_count(logical=False)))
if __name__ == "__main__":
    c = multiprocessing.get_context("spawn"); q = c.Queue(); p = c.Process(target=answer, args=(q,)); p.start(); print(*q.get()); p.join()
P
hooked w.py)"
check_equal "shared memory and semaphores are named after the run" "True True" "$(hooked -c '
from multiprocessing import shared_memory, get_context
m = shared_memory.SharedMemory(create=True, size=8); s = get_context("spawn").Lock()
print(m.name.startswith("hl-test-0-"), s._semlock.name.startswith("/hl-test-0-")); m.close(); m.unlink()')"
check_equal "two instances see half of the memory each" "2 True" "$(numa='pack:2 [numa(memory=1073741824)] core:2 pu:1'
"$HLAUNCH" plan --json --per numa --topology "$numa" | "$python" -c '
import json, os, subprocess, sys
plan, seen = json.load(sys.stdin), []
for placement in plan["placements"]:
    with open("half.json", "w") as f:
        json.dump({"task": "plain", "placement": {"logical": 2, "physical": 2, "memory_bytes": placement["memory_bytes"]}}, f)
    code = "import psutil; print(psutil.virtual_memory().total)"
    environment = dict(os.environ, PYTHONPATH=sys.argv[1], HLAUNCH_TASK="half.json")
    seen.append(int(subprocess.check_output([sys.executable, "-c", code], env=environment)))
print(len(seen), all(2 * total == plan["machine"]["memory_bytes"] for total in seen))' "$shim")"
# As homodyne's pool leaves its queue of tasks when no shard has ended within its limit.
cat >unread.py <<'P'
import multiprocessing, types
from hlaunch_shim.sampling import slices
class Backend:
    def run(self, *args, **kwargs):
        multiprocessing.Queue().put(bytes(1 << 22))
module = types.SimpleNamespace(MultiprocessingBackend=Backend, _generate_shard_keys=lambda n, seed: list(range(n)))
slices._wrap_run(module, {"shards": [0, 1], "num_shards": 2, "capture_dir": "none", "repair_priors": False})
slices.LAST_WORDS_S = 2.0
Backend().run(None, None, types.SimpleNamespace(seed=1), shards=[0, 1])
P
code=0
PYTHONPATH=$shim timeout 120 "$python" unread.py 2>unread.err || code=$?
check_equal "a queue that nobody reads does not keep a process whose shards are missing" "1 hlaunch-missing: 0,1" "$code $(cat unread.err)"
mkdir theirs && echo 'print("theirs ran")' >theirs/sitecustomize.py
check_equal "a sitecustomize that was there before still runs" "theirs ran" "$(hooked -c pass)"
check_equal "without a task nothing is touched" "True" "$(PYTHONPATH=$shim "$python" -c '
import os, sys; print("hlaunch_shim" not in sys.modules and os.cpu_count() == len(os.listdir("/sys/devices/system/cpu")) * 0 + os.sysconf("SC_NPROCESSORS_ONLN"))')"
check "angles are numbered as homodyne numbers them, at less memory" env PYTHONPATH="$shim" "$python" - <<'P'
import numpy as np
from homodyne.optimization.cmc import data_prep
from hlaunch_shim.sampling import cmc_call
theirs = data_prep.extract_phi_info
cmc_call._number_angles_once()
cmc_call._number_angles_once()
random = np.random.default_rng(3)
for angles in (1, 2, 23, 300):
    phi = random.choice(np.linspace(-90, 180, angles), 5000)
    for ours, own in zip(data_prep.extract_phi_info(phi), theirs(phi), strict=True):
        assert np.array_equal(ours, own) and ours.dtype == own.dtype, angles
P

check "the parts' config: paths absolute, cache private, all else as it was" env PYTHONPATH="$shim" "$python" - <<'P'
import yaml
from hlaunch_shim.config import file as config_file
config = yaml.safe_load("""
experimental_data: {data_folder_path: ../scans/./a, data_file_name: x.h5, cache_file_path: /shared, phi_angles_path: ./a}
optimization: {tolerance: 1.0e-8, name: "42", cmc: {backend_config: {checkpoint_dir: /shared/ckpt}}}
output: {directory: ./results}
""")
config_file.derive(config, "/srv/work")
data = config["experimental_data"]
assert data["data_folder_path"] == "/srv/scans/a", data
assert data["cache_file_path"] == "../cache" and data["phi_angles_path"] == "../cache"
assert config["optimization"]["cmc"]["backend_config"]["checkpoint_dir"] == "./checkpoints"
config_file.dump(config, "out.yaml")
again = yaml.safe_load(open("out.yaml"))
assert again == config and again["optimization"]["tolerance"] == 1e-8 and again["optimization"]["name"] == "42"
assert config_file.data_files(config) == ["/srv/scans/a/x.h5"]
for bad in ("a: [", "- 1", "", "3"):
    open("bad.yaml", "w").write(bad)
    try:
        config_file.load("bad.yaml")
    except ValueError as error:
        assert "bad.yaml" in str(error)
    else:
        raise AssertionError(bad)
P
mkdir traced
sed 's#"shm_prefix"#"tracemalloc_dir": "'"$T"'/traced", "shm_prefix"#' task.json >traced.json
cat >allocate.py <<'P'
import json, multiprocessing, os, signal, time
def written():
    try:
        return json.load(open(f"traced/{os.getpid()}.json"))["peak_bytes"] > 30_000_000
    except OSError:
        return False
def work():
    held = bytearray(30_000_000)
    while not written(): time.sleep(0.1)
    os.kill(os.getpid(), signal.SIGKILL)
if __name__ == "__main__":
    p = multiprocessing.get_context("spawn").Process(target=work); p.start(); p.join(); held = bytearray(50_000_000)
P
PYTHONPATH=$shim HLAUNCH_TASK=$T/traced.json "$python" allocate.py
check_equal "tracemalloc's peak of parent and of a worker that was killed" "[(False, 5), (True, 3)]" "$("$python" -c '
import glob, json
seen = [json.load(open(f)) for f in glob.glob("traced/*.json")]
print(sorted((p["worker"], p["peak_bytes"] // 10**7) for p in seen if p["peak_bytes"] > 10**7))')"
rm -rf theirs
cat >sleep.py <<'P'
import multiprocessing, os, signal, sys, time
def work():
    open("worker.works", "w").close(); time.sleep(600)
if __name__ == "__main__":
    p = multiprocessing.get_context("spawn").Process(target=work); p.start()
    while not os.path.exists("worker.works"): time.sleep(0.05)
    print(p.pid, flush=True); os.kill(os.getpid(), signal.SIGKILL)
P
worker=$(hooked sleep.py || :)
check "a worker ends with the process that started it" wait_for 5 bash -c "! kill -0 $worker"
check "of ended workers only those that ended badly are told" env PYTHONPATH="$shim" "$python" - <<'P'
import os, signal, subprocess, time
from hlaunch_shim.sampling import deaths
well, badly, killed = (subprocess.Popen(c) for c in (["true"], ["false"], ["sleep", "60"]))
killed.send_signal(signal.SIGKILL)
for process in well, badly, killed:
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)  # ended, not yet waited for
assert deaths._dead_workers() == {str(badly.pid), str(killed.pid)}, deaths._dead_workers()
P
summary
