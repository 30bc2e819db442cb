"""Write an npz so that a reader sees the whole file or none."""

import os

from . import own_file


def write(path, **arrays):
    import numpy as np

    temporary = f"{path}.{os.getpid()}.tmp"
    with open(temporary, "wb", opener=own_file.opener) as f:
        np.savez(f, **arrays)
        f.flush()
        os.fsync(f.fileno())
    os.replace(temporary, path)
    folder = os.open(os.path.dirname(path), os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
