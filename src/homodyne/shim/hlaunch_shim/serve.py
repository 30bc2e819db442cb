"""One process for many analyses, one after the other: imports and compiled code are paid for once.

In place of homodyne.cli.main's main() it reads requests, a JSON line each, from a pipe of hlaunch, runs the real main()
with what the request says, and answers with a line. Anything that main() leaves behind in the process and that the next
analysis could notice is put back (afterwards.py). When the pipe ends, hlaunch has, or wants no more: so does this.

Task file: requests, replies (paths of the pipes), most_compiled_bytes (afterwards.py). Request: task (the file that a
process of its own would have been given: survey or nlsq; or what is asked of a density, as density/worker.py has it), argv (after
the program's name), cwd, stdout, stderr. Answer: code, cpu_seconds, resident_bytes (of this process, once what the analysis
left is gone).
"""

import json
import os
import sys

from . import plots, survey, watch_fit
from .files import own_file
from .process import afterwards

_current = {}  # the task of the analysis that runs
_ROUNDS = ("sums", "quadratic", "parameters", "residuals")  # hundreds a scan: what they leave is the next one's start


def install(after_import, task):
    heatmaps = plots.Chosen()
    heatmaps.install(after_import)
    watch_fit.install(after_import, lambda: _current.get("examination"))
    afterwards.install(after_import)

    def replace_main(module):
        original = module.main
        module.main = lambda: _serve(original, task, heatmaps)

    after_import("homodyne.cli.main", replace_main)


def _serve(main, task, heatmaps):
    after = afterwards.Afterwards(task["most_compiled_bytes"])

    def answer(request):
        code = _run(main, request, heatmaps)
        if code != 130 and _current.get("do") not in _ROUNDS:  # a stop is for the whole process, and soon
            after.tidy()
        return code

    answer_requests(task, answer)


def answer_requests(task, answer):
    """Until the pipe ends. answer: from a request to an exit code; 130 ends this process."""
    # Opened by name: the pipes are hlaunch's own descriptors, whatever prefix has started us.
    with open(task["replies"], "w", encoding="utf-8") as replies, open(task["requests"], encoding="utf-8") as requests:
        # A line read while another waits: no read-ahead is lost, since hlaunch sends the next after our answer.
        for line in requests:
            request = json.loads(line)
            before = _cpu_seconds()
            code = answer(request)
            sys.stdout.flush()
            sys.stderr.flush()
            resident = afterwards.resident_bytes()
            reply = {"code": code, "cpu_seconds": _cpu_seconds() - before, "resident_bytes": resident}
            replies.write(json.dumps(reply) + "\n")
            replies.flush()
            if code == 130:
                break
    sys.stdout.flush()
    os._exit(0)  # thread pools need no orderly end: every analysis has had its own


def _run(main, request, heatmaps):
    """The exit code that a process of its own would have had."""
    environment, words, folder = dict(os.environ), sys.argv, os.getcwd()
    redirect(request["stdout"], 1)
    redirect(request["stderr"], 2)
    os.chdir(request["cwd"])
    sys.argv = [words[0], *request["argv"]]
    try:
        with open(request["task"], encoding="utf-8") as f:
            task = json.load(f)
        _current.clear()
        _current.update(task)
        from .density import worker  # with NumPy, which only now is there anyway

        if task.get("task") == "density":
            return worker.answer(task)
        worker.forget()  # of a scan whose end was not told
        if task["task"] == "survey":
            survey.answer(task)
        else:
            heatmaps.wanted = task["plots"]
            main()
        return 0
    except SystemExit as end:
        if end.code is None or isinstance(end.code, int):
            return end.code or 0
        print(end.code, file=sys.stderr)  # as Python itself does
        return 1
    except KeyboardInterrupt:
        return 130
    except BaseException:
        import traceback

        traceback.print_exc()
        return 1
    finally:
        sys.argv = words
        os.chdir(folder)
        _restore(environment)


def redirect(path, descriptor):
    (sys.stdout if descriptor == 1 else sys.stderr).flush()
    fd = own_file.opener(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.dup2(fd, descriptor)
    os.close(fd)


def _restore(environment):
    for name in set(os.environ) - set(environment):
        del os.environ[name]
    for name, value in environment.items():
        if os.environ.get(name) != value:
            os.environ[name] = value


def _cpu_seconds():
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system
