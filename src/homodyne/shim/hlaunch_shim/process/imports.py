"""Run a callback on a module right after its own code ran, whoever imports it and when."""

import importlib.abc
import importlib.machinery
import sys

_callbacks = {}


class _Loader(importlib.abc.Loader):
    def __init__(self, loader, callbacks):
        self._loader, self._callbacks = loader, callbacks

    def create_module(self, spec):
        return self._loader.create_module(spec)

    def exec_module(self, module):
        module.__spec__.loader = module.__loader__ = self._loader
        self._loader.exec_module(module)
        for callback in self._callbacks:
            callback(module)


class _Finder(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        callbacks = _callbacks.get(name)
        if callbacks is None:
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, path, target)
        if spec is not None and spec.loader is not None:
            spec.loader = _Loader(spec.loader, callbacks)
        return spec


def after_import(name, callback):
    if name in sys.modules:
        callback(sys.modules[name])
        return
    if not _callbacks:
        sys.meta_path.insert(0, _Finder())
    _callbacks.setdefault(name, []).append(callback)
