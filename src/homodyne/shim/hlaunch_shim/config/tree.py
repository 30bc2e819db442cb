"""The user's YAML as its own text has it: every key with its line, keys that stand twice, what aliases make of it.

The loaded dictionary has lost all of that. Paths are tuples of keys; an item of a list is "[]".
"""

# Nodes looked at, aliases followed each time: a config has a few hundred, a "billion laughs" has no end.
MOST_NODES = 100_000
_MERGE = "tag:yaml.org,2002:merge"


class Entry:
    """One key of a mapping: its path, the line it stands on (from 1), and the node of its value."""

    __slots__ = ("line", "node", "path")

    def __init__(self, path, line, node):
        self.path, self.line, self.node = path, line, node

    @property
    def name(self):
        return dotted(self.path)


def dotted(path):
    return ".".join(str(key) for key in path).replace(".[]", "[]")


class Tree:
    """Entries in the order of the text. ValueError (one line) for keys twice and for aliases without end."""

    def __init__(self, text):
        import yaml

        self._yaml = yaml
        self._left, self._visits = MOST_NODES, {}
        self.entries, self.items = [], {}  # items: {path of a list: the lines of its items}
        root = _compose(yaml, text)
        if root is not None:
            self._walk(root, (), ())

    def lines(self):
        """Of each path the line where it first stands."""
        out = {}
        for entry in self.entries:
            out.setdefault(entry.path, entry.line)
        return out

    def is_anchor(self, entry):
        """Whether what stands here is also used elsewhere, by an alias."""
        return self._visits.get(id(entry.node), 0) > 1

    def _walk(self, node, path, above):
        self._visits[id(node)] = self._visits.get(id(node), 0) + 1
        if id(node) in above:
            raise ValueError(f"line {_line(node)}: an alias contains itself")
        self._left -= 1
        if self._left < 0:
            raise ValueError(f"its aliases make more than {MOST_NODES} settings of it")
        if isinstance(node, self._yaml.MappingNode):
            self._walk_mapping(node, path, (*above, id(node)))
        elif isinstance(node, self._yaml.SequenceNode):
            self.items.setdefault(path, []).extend(map(_line, node.value))
            for item in node.value:
                if not isinstance(item, self._yaml.ScalarNode):
                    self._walk(item, (*path, "[]"), (*above, id(node)))

    def _walk_mapping(self, node, path, above):
        seen = {}
        for key, value in node.value:
            if key.tag == _MERGE:  # what is merged in may be overruled: that is its purpose
                for merged in value.value if isinstance(value, self._yaml.SequenceNode) else [value]:
                    self._walk(merged, path, above)
                continue
            name = _key(key)
            if name in seen:
                where = dotted((*path, name))
                raise ValueError(
                    f"{where} stands twice, in lines {seen[name]} and {_line(key)}, and the first is dropped; take one out"
                )
            seen[name] = _line(key)
            self.entries.append(Entry((*path, name), _line(key), value))
            self._walk(value, (*path, name), above)


def _compose(yaml, text):
    try:
        return yaml.compose(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error


def _line(node):
    return node.start_mark.line + 1


def _key(node):
    """As it is written: `1` and `"1"`, `on` and `true` are told apart nowhere in homodyne's settings."""
    return node.value if isinstance(node.value, str) else f"<{node.tag}>"
