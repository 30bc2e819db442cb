"""Validates JSON documents against docs/schemas by their "format": check_json.py SCHEMAS FILE..."""

import json
import pathlib
import sys

import jsonschema


def main(schemas: pathlib.Path, paths: list[str]) -> None:
    for path in paths:
        document = json.loads(pathlib.Path(path).read_text())
        name = document["format"].removeprefix("hlaunch-")
        try:
            jsonschema.validate(document, json.loads((schemas / f"{name}.schema.json").read_text()))
        except jsonschema.ValidationError as error:
            sys.exit(f"{path}: {error.json_path}: {error.message}")
    print(f"{len(paths)} documents are valid")


main(pathlib.Path(sys.argv[1]), sys.argv[2:])
