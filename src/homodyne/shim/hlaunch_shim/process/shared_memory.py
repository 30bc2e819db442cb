"""Name this run's shared memory and semaphores, so that hlaunch can remove what a killed tree leaves."""

import itertools
import os

from .imports import after_import


def install(prefix):
    def blocks(module):
        counter = itertools.count()

        def make_filename():
            return f"/{prefix}{os.getpid()}-{next(counter)}-{os.urandom(4).hex()}"

        module._make_filename = make_filename

    def make_name():
        return f"/{prefix}{os.getpid()}-{os.urandom(6).hex()}"

    def semaphores(module):
        module.SemLock._make_name = staticmethod(make_name)

    def loky(module):  # scikit-learn's pool, in homodyne's search for two modes
        module.SemLock._make_name = staticmethod(make_name)

    after_import("multiprocessing.shared_memory", blocks)
    after_import("joblib.externals.loky.backend.synchronize", loky)
    after_import("multiprocessing.synchronize", semaphores)
