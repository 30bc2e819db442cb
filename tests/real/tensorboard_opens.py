#!/usr/bin/env python3
"""tensorboard_opens.py BIN LOG: the traces that hlaunch says it left (LOG, its standard error) in the real TensorBoard.

Runs the very command that was said, from the folder BIN, and asks its profile plugin as a browser would. Every *.xplane.pb
must be one of its runs and be shown by its trace viewer and its overview page. Prints a line a run.
"""
import gzip
import json
import os
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request


def answer(url, **query):
    with urllib.request.urlopen(f"{url}?{urllib.parse.urlencode(query)}", timeout=300) as response:
        body = response.read()
    return json.loads(gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body)


def address_of(server, log):
    """TensorBoard says where it listens once it does."""
    for _ in range(600):
        with open(log, encoding="utf-8", errors="replace") as f:
            said = f.read()
        if found := re.search(r"TensorBoard \S+ at (http://\S+)", said):
            return found[1].rstrip("/")
        assert server.poll() is None, said
        time.sleep(0.1)
    raise TimeoutError(said)


def look(url, traces, logdir):
    plugin = url + "/data/plugin/profile"
    assert answer(url + "/data/plugins_listing")["profile"]["enabled"]
    # One folder of traces is a run.
    expected = sorted(str(t.parent.relative_to(logdir)).replace("plugins/profile/", "") for t in traces)
    assert sorted(answer(plugin + "/runs")) == expected, (answer(plugin + "/runs"), expected)
    for run in expected:
        tools = answer(plugin + "/run_tools", run=run)
        (host,) = answer(plugin + "/hosts", run=run, tag="trace_viewer@")
        trace = answer(plugin + "/data", run=run, tag="trace_viewer@", host=host["hostname"])
        timed = [event for event in trace["traceEvents"] if event.get("ph") == "X"]
        lanes = {(event["pid"], event["tid"]) for event in timed}
        overview = answer(plugin + "/data", run=run, tag="overview_page", host=host["hostname"])
        assert len(timed) > 100 and len(overview) > 1, (run, len(timed), overview)
        print(f"{run}: {len(tools)} tools, {len(timed)} timed events of {len(lanes)} threads in the trace viewer")


def main(programs, log):
    with open(log, encoding="utf-8") as f:
        said = re.findall(r"open: (tensorboard --logdir .*) \(pip install tensorboard xprof\)$", f.read(), re.MULTILINE)
    assert said, "no command was said"
    for command in map(shlex.split, said):
        logdir = pathlib.Path(command[command.index("--logdir") + 1])
        traces = sorted(logdir.glob("**/*.xplane.pb"))
        assert traces, f"no trace in {logdir}"
        program = [os.path.join(programs, command[0]), *command[1:], "--host", "localhost", "--port", "0"]
        with tempfile.NamedTemporaryFile() as out, subprocess.Popen(program, stdout=out, stderr=out) as server:
            try:
                look(address_of(server, out.name), traces, logdir)
            finally:
                server.terminate()


if __name__ == "__main__":
    main(*sys.argv[1:])
