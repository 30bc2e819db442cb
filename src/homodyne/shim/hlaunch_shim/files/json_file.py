"""Write JSON so that a reader sees the whole file or none."""

import json
import os

from . import own_file


def write(path, facts):
    temporary = path + ".tmp"
    with open(temporary, "w", encoding="utf-8", opener=own_file.opener) as f:
        json.dump(facts, f, indent=1)
    os.replace(temporary, path)
