"""Validates the JSON of topo and plan against docs/schemas: schema_check.py HLAUNCH"""

import json
import pathlib
import subprocess
import sys

import jsonschema

ROOT = pathlib.Path(__file__).resolve().parents[2]
MACHINES = [None, "pu:1", "pack:2 [numa] core:16 pu:2", "pack:4 group:20 [numa] core:2 pu:1"]
MACHINES += sorted(map(str, (ROOT / "tests/data/topologies").glob("*.xml")))


def main(hlaunch: str) -> None:
    checked = 0
    for command in ("topo", "plan"):
        schema = json.loads((ROOT / f"docs/schemas/{command}.schema.json").read_text())
        for machine in MACHINES:
            for per in ([], ["--per", "l3"], ["--per", "cores:1"]):
                topology = ["--topology", machine] if machine else []
                argv = [hlaunch, command, "--json", *topology, *per]
                jsonschema.validate(json.loads(subprocess.check_output(argv)), schema)
                checked += 1
    print(f"{checked} documents are valid")


main(sys.argv[1])
