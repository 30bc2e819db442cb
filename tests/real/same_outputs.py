"""Compares two folders that homodyne wrote, file by file: same_outputs.py FOLDER FOLDER. Pictures and arrays must be the
same bytes; of JSON, YAML all but when and on what it ran. Prints how many files of each kind are the same."""

import collections
import json
import pathlib
import re
import sys

import yaml

# When, how long, and on how many CPUs: what differs between two runs of the CLI itself on two machines.
VOLATILE = ("timestamp", "time", "threads", "cores", "devices", "memory", "directory", "output_dir", "path", "config_file")


def plain(node):
    """Without what is volatile."""
    if isinstance(node, dict):
        return {k: plain(v) for k, v in node.items() if not any(word in str(k).lower() for word in VOLATILE)}
    if isinstance(node, list):
        return [plain(v) for v in node]
    return re.sub(r"\b\d+ threads\b", "threads", node) if isinstance(node, str) else node


def same(one, other):
    if one.read_bytes() == other.read_bytes():
        return "bytes"
    if one.suffix == ".json":
        return "content" if plain(json.loads(one.read_text())) == plain(json.loads(other.read_text())) else None
    if one.suffix in (".yaml", ".yml"):
        return "content" if plain(yaml.safe_load(one.read_text())) == plain(yaml.safe_load(other.read_text())) else None
    return None


def main(one, other):
    names = [{p.relative_to(root) for p in root.rglob("*") if p.is_file() and p.suffix != ".log"} for root in (one, other)]
    if names[0] != names[1]:
        sys.exit(f"only in one of them: {sorted(map(str, names[0] ^ names[1]))}")
    kinds = collections.Counter()
    for name in sorted(names[0]):
        how = same(one / name, other / name)
        if how is None:
            sys.exit(f"{name} differs")
        kinds[f"{name.suffix[1:]} {how}"] += 1
    print(", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items())))


main(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]))
