"""Which settings the installed homodyne knows, and where: asked of its template configs and of its source.

The templates are what homodyne-config writes. Not every key that is read stands in them, so for one that does not the
source is looked at, once a process: which keys its functions take from which section.
"""

import ast
import functools
import os

# Sections whose keys are the user's own words, or that nothing reads.
FREE = frozenset(
    {
        ("metadata",),
        ("analysis_settings",),
        ("logging", "modules"),
        ("plotting", "matplotlib", "savefig_kwargs"),
        ("optimization", "nlsq", "x_scale_map"),
        ("optimization", "mcmc", "initial_values"),
        ("initial_parameters", "fixed_parameters"),  # by parameter: parameters.py
    }
)
# hlaunch's own (survey.py, planner): homodyne documents them and reads them nowhere.
OURS = frozenset(
    {("optimization", "cmc", "num_workers"), ("optimization", "cmc", "backend_config", "num_workers")}
)
# What its functions call the whole config (a section, too: then a word too many counts as known).
_WHOLE = ("config", "config_dict", "full_config", "cfg_dict")
# Rooms of homodyne that take settings; the others are tools around it.
_ROOMS = ("cli", "config", "core", "data", "io", "optimization", "utils", "viz")


def package_folder():
    from importlib.util import find_spec

    return os.path.dirname(find_spec("homodyne").origin)


@functools.cache
def templates():
    """{path: the values it has in the templates}, paths as tree's; mappings have None there, too."""
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    folder = os.path.join(package_folder(), "config", "templates")
    out = {}
    for name in sorted(os.listdir(folder)):
        if name.endswith((".yaml", ".yml")):
            with open(os.path.join(folder, name), encoding="utf-8") as f:
                _collect(yaml.load(f, Loader=loader), (), out)  # noqa: S506 (a safe loader)
    return out


def _collect(value, path, out):
    if path:
        out.setdefault(path, []).append(None if isinstance(value, dict) else value)
    if isinstance(value, dict):
        for key, item in value.items():
            _collect(item, (*path, str(key)), out)
    elif isinstance(value, list):
        for item in value:
            if isinstance(item, (dict, list)):
                _collect(item, (*path, "[]"), out)


@functools.cache
def children():
    """{path of a section: the keys it has in the templates}."""
    out = {}
    for path in templates():
        out.setdefault(path[:-1], set()).add(path[-1])
    return out


class Source:
    """What the source takes from mappings: `words`, every key; `sections`, {name of a section: its keys}.

    Only files are read that name one of the keys asked about, their sections, or some of those sections' other keys.
    """

    def __init__(self, paths):
        self.words, self.sections = set(), {}
        nameless = []
        for text in _texts():
            if any(_matters(text, path) for path in paths):
                module = _module(text)
                self.words |= module.words
                nameless += module.nameless
                for section, keys in module.sections.items():
                    self._add(section, keys)
        for name, keys in nameless:  # a parameter `config_dict` is the section that it shares most keys with
            shared = {path: len(keys & known) for path, known in children().items()}
            places = [path for path, count in shared.items() if count >= 3 and 2 * count >= len(keys)]
            for path in places or [()] * (name in _WHOLE):
                self._add(path[-1] if path else "", keys)

    def of(self, path):
        """The keys that are read from the section at this path."""
        return self.sections.get(path[-1] if path else "", set())

    def _add(self, section, keys):
        self.sections.setdefault(section, set()).update(keys)


class _Module:
    """One file: as Source, and `nameless`, (variable, keys) where the section is not known."""

    def __init__(self, text):
        self.words, self.sections, self.nameless = set(), {}, []
        held = {}  # self.x = config["section"] in one method is read in another
        scopes = list(_scopes(ast.parse(text)))
        for nodes in scopes:
            for name, section in _sections_held(nodes):
                if name.startswith("self."):
                    held.setdefault(name, set()).add(section)
        for nodes in scopes:
            self._read_scope(nodes, held)

    def _add(self, section, keys):
        self.sections.setdefault(section, set()).update(keys)

    def _read_scope(self, nodes, held):
        held = dict(held)
        for name, section in _sections_held(nodes):
            held[name] = held.get(name, set()) | {section}
        reads, dynamic = {}, set()
        for node in nodes:
            taken = _taken(node)
            if taken is None:
                continue
            base, key = taken
            name = _name(base)
            if not isinstance(key, ast.Constant):
                dynamic |= held.get(name, set())
            elif isinstance(key.value, str):
                self.words.add(key.value)
                for section in held.get(name) or filter(None, [_section_of(base)]):
                    self._add(section, {key.value})
                if name and name not in held:
                    reads.setdefault(name, set()).add(key.value)
        self.nameless += [(name.removeprefix("self."), keys) for name, keys in reads.items()]
        if dynamic:  # for key in ("a", "b"): section[key]
            named = _handed_on(nodes)
            self.words |= named
            for section in dynamic:
                self._add(section, named)


def is_written(word):
    """Whether the source has this word as a text of its own: what it has not, it cannot read."""
    return any(_quotes(text, word) for text in _texts())


_module = functools.cache(_Module)  # a process that is kept reads many configs


@functools.cache
def _texts():
    out = []
    for room in _ROOMS:
        for folder, _, files in os.walk(os.path.join(package_folder(), room)):
            for name in sorted(files):
                if name.endswith(".py"):
                    with open(os.path.join(folder, name), encoding="utf-8") as f:
                        out.append(f.read())
    return out


def _quotes(text, word):
    return f'"{word}"' in text or f"'{word}'" in text


def _matters(text, path):
    if any(_quotes(text, word) for word in path[-2:] if word != "[]"):
        return True
    return sum(_quotes(text, word) for word in children().get(path[:-1], ())) >= 3


def _scopes(module):
    """The nodes of each outermost function, and those outside of any."""
    outside, stack = [], [module]
    while stack:
        node = stack.pop()
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield list(ast.walk(node))
        else:
            outside.append(node)
            stack.extend(ast.iter_child_nodes(node))
    yield outside


def _handed_on(nodes):
    """Words in lists, and those given to functions that take no key by them."""
    out = set()
    for node in nodes:
        given = ()
        if isinstance(node, (ast.List, ast.Tuple, ast.Set)):
            given = node.elts
        elif isinstance(node, ast.Call) and _taken(node) is None:
            given = node.args
        out.update(item.value for item in given if isinstance(item, ast.Constant) and isinstance(item.value, str))
    return {word for word in out if word.isidentifier()}


def _sections_held(nodes):
    """(variable, section) of each `variable = config.get("section", {})`."""
    for node in nodes:
        if isinstance(node, (ast.Assign, ast.AnnAssign)) and node.value is not None:
            if section := _section_of(node.value):
                for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                    if name := _name(target):
                        yield name, section


def _name(node):
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "self":
        return "self." + node.attr
    return None


def _taken(node):
    """(mapping, key) where node takes a key from a mapping or asks whether it is there."""
    if isinstance(node, ast.Subscript):
        return node.value, node.slice
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args:
        if node.func.attr in ("get", "pop", "setdefault"):
            return node.func.value, node.args[0]
    if isinstance(node, ast.Compare) and len(node.ops) == 1 and isinstance(node.ops[0], (ast.In, ast.NotIn)):
        return node.comparators[0], node.left
    return None


def _section_of(node):
    """The key by which this expression takes a section: `x["s"]`, `x.get("s", {})`, `x.get("s") or {}`."""
    if isinstance(node, ast.BoolOp):
        return _section_of(node.values[0])
    if isinstance(node, ast.IfExp):
        return _section_of(node.body)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("cast", "dict") and node.args:
        return _section_of(node.args[-1])
    taken = None if isinstance(node, ast.Compare) else _taken(node)
    if taken and isinstance(taken[1], ast.Constant) and isinstance(taken[1].value, str):
        return taken[1].value
    return None
