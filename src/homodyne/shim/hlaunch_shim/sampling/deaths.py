"""Notice a worker that died: homodyne's pool waits for its shards until a time limit of up to two hours."""

import os
import signal
import sys
import threading

_PATIENCE_S = 30.0  # without a pool homodyne notices a death itself, and sooner
_INTERVAL_S = 2.0


def _dead_workers():
    """Children that ended badly and that nobody has waited for (homodyne leaves those that ended well, too)."""
    dead = set()
    for thread in os.listdir("/proc/self/task"):
        try:
            with open(f"/proc/self/task/{thread}/children", encoding="ascii") as f:
                children = f.read().split()
        except OSError:
            continue
        for child in children:
            try:
                with open(f"/proc/{child}/stat", encoding="utf-8", errors="replace") as f:
                    fields = f.read().rsplit(")", 1)[1].split()
                if fields[0] == "Z" and fields[49] != "0":  # state and exit_code, proc(5)
                    dead.add(child)
            except OSError:
                continue
    return dead


class Watch:
    """While shards are missing, a worker that stays dead for 30 s ends the instance (as Ctrl-C would)."""

    def __init__(self, complete):
        self._complete, self._stop = complete, threading.Event()
        threading.Thread(target=self._run, name="hlaunch-deaths", daemon=True).start()

    def stop(self):
        self._stop.set()

    def _run(self):
        seconds = {}
        while not self._stop.wait(_INTERVAL_S):
            seconds = {pid: seconds.get(pid, 0.0) + _INTERVAL_S for pid in _dead_workers()}
            if any(s >= _PATIENCE_S for s in seconds.values()) and not self._complete():
                print("hlaunch-refused: a worker died in mid-shard (out of memory?); see dmesg and proof.json", file=sys.stderr, flush=True)
                os.kill(os.getpid(), signal.SIGINT)
                return
