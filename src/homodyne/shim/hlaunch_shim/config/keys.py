"""The user's YAML against what the installed homodyne reads, before homodyne sees it.

homodyne takes a setting it does not know for none, without a word, and runs its default instead. So a key that is
nearly one it reads is refused: taking it out changes nothing, writing the right one does what was meant. What it
does not read and what resembles nothing is told.
"""

import functools

from . import parameters, words
from .tree import Tree, dotted

_MOST_TOLD = 4  # refusals in one line


class Notes:
    """What is told: {"key", "line", "text", "remedy"} each; what is refused: one line each."""

    def __init__(self):
        self.told, self.refused = [], []

    def tell(self, key, line, text, remedy, kind="key"):
        self.told.append({"kind": kind, "key": key, "line": line or 0, "text": text, "remedy": remedy})

    def refuse(self, line, text):
        self.refused.append((line or 0, text))

    def complaint(self):
        if not self.refused:
            return None
        lines = [f"line {line}: {text}" if line else text for line, text in sorted(self.refused)]
        more = len(lines) - _MOST_TOLD
        return "; ".join(lines[:_MOST_TOLD]) + (f"; and {more} more" if more > 0 else "")


_last = (None, None, None)  # text, what was told of it, why it is refused: scans of a campaign share one config


def read(path, config, known):
    """The notes on the YAML at path, that PyYAML loaded as `config`. ValueError (one line) where it is refused.

    Of a version that is not known only what YAML itself tells is judged."""
    global _last
    with open(path, encoding="utf-8") as f:
        text = f.read()
    if _last[0] != (text, known):
        tree = _tree(text)
        notes = Notes()
        if known:
            _judge_keys(tree, config, notes)
            parameters.judge(config, tree.lines(), tree.items, notes)
        told = sorted(notes.told, key=lambda note: note["line"])
        _last = ((text, known), told, notes.complaint())
    if _last[2]:
        raise ValueError(_last[2])
    return [dict(note) for note in _last[1]]


def lines(path):
    """{path: line} of the YAML's keys."""
    with open(path, encoding="utf-8") as f:
        return _tree(f.read()).lines()


@functools.lru_cache(maxsize=1)
def _tree(text):
    return Tree(text)


def _judge_keys(tree, config, notes):
    known, unknown, unread = words.children(), {}, []
    for entry in tree.entries:
        section = entry.path[:-1]
        if any(entry.path[:depth] in words.FREE for depth in range(1, len(entry.path))):
            continue
        if section and section not in known:  # of something unknown itself, or of no settings: a mapping by names
            continue
        if entry.path in words.OURS:
            continue
        if entry.path[-1] not in known.get(section, ()):
            if not (len(entry.path) == 1 and (entry.path[0].startswith(("x-", ".")) or tree.is_anchor(entry))):
                unknown.setdefault(entry.path, entry)
        elif _is_section(entry.path) and value_at(config, entry.path) is not None and entry.node.id != "mapping":
            notes.refuse(entry.line, f"{entry.name} is a section, and homodyne could not read it; write its settings below it")
        elif _is_changed(entry, config) and not words.is_written(entry.path[-1]):
            unread.append(entry)
    if unread:
        names = ", ".join(f"{entry.name} (line {entry.line})" for entry in unread)
        text = "homodyne's templates have it, but nothing of it reads it" if len(unread) == 1 else (
            "homodyne's templates have them, but nothing of it reads them"
        )
        notes.tell(names, unread[0].line, text, "it changes nothing: do not rely on it", "unread")
    if unknown:
        source = words.Source(list(unknown))
        for entry in unknown.values():
            _judge_unknown(entry, config, source, notes)


def _is_section(path):
    """Whether the templates have nothing but a mapping there."""
    return path in words.children() and (*path, "[]") not in words.templates() and not any(
        value is not None for value in words.templates()[path]
    )


# Sections where a setting without effect could be taken for one that has it.
_RESULTS = frozenset(
    ("analyzer_parameters", "experimental_data", "initial_parameters", "noise_estimation", "optimization",
     "parameter_space", "phi_filtering", "quality_control")
)


def _is_changed(entry, config):
    """Whether the user has chosen this value: it is none that a template has."""
    if entry.path[0] not in _RESULTS or "[]" in entry.path or entry.path == ("initial_parameters", "units"):
        return False
    value = value_at(config, entry.path)
    return not isinstance(value, dict) and value is not None and value not in words.templates()[entry.path]


def value_at(config, path):
    for key in path:
        if not isinstance(config, dict) or key not in config:
            return None
        config = config[key]
    return config


def _judge_unknown(entry, config, source, notes):
    section, key = entry.path[:-1], entry.path[-1]
    read = source.of(section)
    if key in read:
        return
    ours = {path[-1] for path in words.OURS if path[:-1] == section}
    meant = nearest(key, sorted(words.children().get(section, set()) | read | ours))
    # A word that homodyne reads elsewhere may be read here in a way that was not seen, unless its neighbour was.
    if meant and (key not in source.words or meant in read):
        notes.refuse(
            entry.line,
            f"homodyne reads no {entry.name}, and would leave it out silently; write {meant}, or take it out",
        )
        return
    place = _only_place(entry.path, source)
    mine = value_at(config, entry.path)
    if place and not isinstance(mine, (dict, list)) and mine != value_at(config, place):
        notes.refuse(
            entry.line, f"homodyne does not read {entry.name}, but {dotted(place)}; write it there, or take it out"
        )
        return
    notes.tell(entry.name, entry.line, "homodyne reads no setting of this name there", "it changes nothing: take it out")


def _only_place(path, source):
    """Where, further down, the one setting of this name is; None where there are several, or none."""
    places = [known for known in words.templates() if known[-1] == path[-1]]
    known = {section[-1] if section else "" for section in words.children()}
    sections = {name for name, keys in source.sections.items() if path[-1] in keys} & known
    if len(places) != 1 or sections - {places[0][-2] if len(places[0]) > 1 else ""}:
        return None
    return places[0] if "[]" not in places[0] and places[0][: len(path) - 1] == path[:-1] else None


def nearest(word, known):
    """The known word that was most likely meant, or None: a letter in four may be wrong; or one word of several, or
    an end, is left out. Letters in another case and - for _ count as none wrong."""
    plain = word.lower().replace("-", "_")
    best, least = None, (max(1, len(word) // 4) + 1, False)
    for other in known:
        wrong = (distance(plain, other.lower()), plain[:1] != other[:1].lower())
        if wrong < least and wrong[0] < min(len(word), len(other)):
            best, least = other, wrong
    if best is None and len(plain) > 3:
        parts = set(plain.split("_"))
        longer = [x for x in known if parts < set(x.lower().split("_")) or x.lower().startswith(plain)]
        best = longer[0] if len(longer) == 1 else None
    return best


def distance(a, b):
    """Letters added, left out, changed, or neighbours swapped (src/base/text/nearest_name.cpp)."""
    before, last = [], list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        now = [i]
        for j, y in enumerate(b, 1):
            now.append(min(last[j] + 1, now[j - 1] + 1, last[j - 1] + (x != y)))
            if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y:
                now[j] = min(now[j], before[j - 2] + 1)
        before, last = last, now
    return last[-1]
