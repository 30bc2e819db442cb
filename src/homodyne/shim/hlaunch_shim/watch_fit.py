"""Each NLSQ fit is examined where it was made, with the data it was made of, before homodyne writes it down."""

import logging

from .files import json_file

_SIGN = "likely NOT optimized"  # optimization/nlsq/recovery.py


class _Listener(logging.Handler):
    def __init__(self):
        super().__init__(logging.WARNING)
        self.heard = False

    def emit(self, record):
        self.heard = self.heard or _SIGN in record.getMessage()


def install(after_import, place):
    """place() names the file for the examination of the fit that is made now; empty: none is wanted."""

    def take_hold(module):
        original = module._run_nlsq_optimization

        def _run_nlsq_optimization(filtered_data, config, *args, **kwargs):
            listener, logger = _Listener(), logging.getLogger("homodyne")
            logger.addHandler(listener)
            try:
                result = original(filtered_data, config, *args, **kwargs)
            finally:
                logger.removeHandler(listener)
            if path := place():
                json_file.write(path, _examine(result, filtered_data, config, listener.heard))
            return result

        module._run_nlsq_optimization = _run_nlsq_optimization

    after_import("homodyne.cli.commands", take_hold)


def _examine(result, data, config, doubted):
    from . import examine

    try:
        out = examine.of_result(result, data, config)
    except Exception as error:  # the fit stays homodyne's: hlaunch tells that it could not be examined
        out = failed(error)
    return {**out, "doubted_by_homodyne": doubted}


def failed(error):
    text = " ".join(str(error).split()) or type(error).__name__
    return {"format": "hlaunch-nlsq-examination", "version": 1, "error": text}
