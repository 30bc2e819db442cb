"""Run only some shards of ONE homodyne run, exactly as that run would (homodyne 2.23.3).

K instances read the same data and config and cut the same N shards; each keeps its share, with the keys
of the whole run and num_shards (prior tempering) left at N. Their draws are bitwise those of one run.
"""

import os
import sys
import threading

from .. import Refused
from . import capture, deaths, warm

LAST_WORDS_S = 30.0


def _end(code):
    """Ends the process. Where homodyne gives up (measured: 572 shards, none drawn within its 2,500 s), it leaves queues that nobody reads, and
    Python would wait at its exit for the threads that write to them, for ever."""
    timer = threading.Timer(LAST_WORDS_S, os._exit, (code,))
    timer.daemon = True
    timer.start()
    raise SystemExit(code)


def _refuse_inline_nlsq(module):
    """homodyne falls back to a warm start of its own when --nlsq-result is bad: never silently."""
    original = module._resolve_nlsq_warmstart

    def _resolve_nlsq_warmstart(args, *rest, **kwargs):
        result = original(args, *rest, **kwargs)
        if result is None:
            raise Refused(
                f"homodyne would not take the NLSQ result {args.nlsq_result} as a warm start"
                " (see stderr.log); look at nlsq/ or give another one with --nlsq-result"
            )
        return result

    module._resolve_nlsq_warmstart = _resolve_nlsq_warmstart


def _no_inline_nlsq(module):
    def _run_nlsq_optimization(*args, **kwargs):
        raise Refused("homodyne started an NLSQ fit of its own inside a CMC part; look at nlsq/ in the run folder")

    module._run_nlsq_optimization = _run_nlsq_optimization


def _wrap_run(module, task):
    backend = module.MultiprocessingBackend
    original, all_keys = backend.run, module._generate_shard_keys
    mine = task["shards"]

    def run(self, model, model_kwargs, config, shards=None, initial_values=None, parameter_space=None, **kwargs):
        total = len(shards)
        if total != task["num_shards"]:
            raise Refused(
                f"homodyne cut {total} shards where the plan has {task['num_shards']}:"
                " the data or the config changed since it was made; start again with another --output"
            )
        if task.get("repair_priors", True):
            # Its workers otherwise rebuild the parameter space from an empty dict: default bounds and priors.
            parameter_space._config_dict = task_config(task)
        keys = all_keys(total, seed=config.seed)
        chosen = list(mine)
        if len(chosen) == 1:
            # With one shard homodyne samples in the main process, and on ALL the data (model_kwargs):
            # a companion, which the worker hook ends at once, keeps a lone shard on the worker's path.
            chosen.append(next(i for i in range(total) if i != chosen[0]))
        module._generate_shard_keys = lambda n, seed=42: [keys[i] for i in chosen]

        def left():
            return [i for i in mine if not os.path.exists(_done_path(task, i))]

        watch = deaths.Watch(lambda: not left())
        try:
            original(
                self,
                model,
                model_kwargs,
                config,
                shards=[shards[i] for i in chosen],
                initial_values=initial_values,
                parameter_space=parameter_space,
                **kwargs,
            )
        except RuntimeError as error:  # homodyne's verdict on a slice; hlaunch judges the whole
            print(f"hlaunch-note: {error}", flush=True)
        except KeyError:  # it looks for draws
            if not task.get("warm"):
                raise
        finally:
            watch.stop()
        missing = left()
        if missing:
            print(f"hlaunch-missing: {','.join(map(str, missing))}", file=sys.stderr, flush=True)
        _end(1 if missing else 0)

    backend.run = run


def _done_path(task, shard):
    return warm.marker(task["warm"], shard) if task.get("warm") else capture.shard_path(task["capture_dir"], shard)


def task_config(task):
    import yaml

    with open(task["config"], encoding="utf-8") as f:
        return yaml.safe_load(f)


def _wrap_single(module, task):
    """One shard in all: homodyne samples it in the main process."""
    original = module.run_nuts_sampling

    def run_nuts_sampling(*args, **kwargs):
        if task["num_shards"] != 1:
            raise Refused(
                f"homodyne would sample all the data at once where the plan has {task['num_shards']} shards;"
                " start again with another --output"
            )
        samples, stats = original(*args, **kwargs)
        plan = stats.plan
        capture.save(
            task, 0, samples.samples, samples.param_names, stats.num_divergent, stats.total_time,
            plan.n_warmup if plan else None,
        )
        raise SystemExit(0)

    module.run_nuts_sampling = run_nuts_sampling


def install(after_import, task):
    after_import("homodyne.cli.commands", _refuse_inline_nlsq)
    after_import("homodyne.cli.optimization_runner", _no_inline_nlsq)
    if task["task"] == "evaluate":
        from .. import evaluate

        evaluate.install(after_import, task)
        return

    def sampler(module):  # before core and the workers import the name from it
        module.run_nuts_sampling = capture.watch_sampler(module.run_nuts_sampling)

    def backend(module):
        # Nothing a worker computes may depend on the size of its placement: two OpenBLAS threads may add in
        # another order than one, and one worker on two cores would get two.
        module._compute_threads_per_worker = lambda total_threads, workers: 1
        module._run_shard_worker = capture.watch_worker(module._run_shard_worker, task)
        _wrap_run(module, task)

    after_import("homodyne.optimization.cmc.sampler", sampler)
    after_import("homodyne.optimization.cmc.backends.multiprocessing", backend)
    after_import("homodyne.optimization.cmc.core", lambda module: _wrap_single(module, task))
