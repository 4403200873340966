"""Changes to files: each is drawn from a seed and says in a word what was done."""

import json
from itertools import pairwise

NUMBERS = ["", "-1", "0", "1e400", "nan", "inf", "-0.0", "1e-320", "9" * 30, "0x10", "1.7", "²"]
WORDS = ["", " ", "\t", "\0", "é", "\ufeff", "../../evil", "/dev/zero", "a" * 5000, "[" * 5000]
WORDS += [
    "None",
    "null",
    "true",
    '"',
    "'",
    "\\",
    ",",
    ";",
    "#",
    "NaN",
    "{}",
    "[]",
    "&a",
    "*a",
    "\r",
]


def change(chance, content):
    """Return what was done to some bytes, and the result; as text where they are one."""
    ways = [flip, cut, drop, double, insert, overwrite, swap]
    try:
        text = content.decode("utf-8")
        ways += [line, word, word, word]
        if text.lstrip()[:1] in ("{", "["):
            ways += [entry, entry, entry]
    except UnicodeDecodeError:
        pass
    way = chance.choice(ways)
    return way.__name__, way(chance, content)


def _span(chance, content, most=16):
    start = chance.randrange(len(content) + 1)
    return start, min(len(content), start + chance.randint(1, most))


def flip(chance, content):
    place = chance.randrange(max(1, len(content)))
    return (
        content[:place]
        + bytes(b ^ 1 << chance.randrange(8) for b in content[place : place + 1])
        + content[place + 1 :]
    )


def cut(chance, content):
    return content[: chance.randrange(len(content) + 1)]


def drop(chance, content):
    start, stop = _span(chance, content)
    return content[:start] + content[stop:]


def double(chance, content):
    start, stop = _span(chance, content, 200)
    return content[:stop] + content[start:]


def insert(chance, content):
    start, _ = _span(chance, content)
    return content[:start] + chance.randbytes(chance.randint(1, 8)) + content[start:]


def overwrite(chance, content):
    start, stop = _span(chance, content)
    new = chance.choice(
        [bytes(stop - start), b"\xff" * (stop - start), chance.randbytes(stop - start)]
    )
    return content[:start] + new + content[stop:]


def swap(chance, content):
    a, b = sorted((_span(chance, content), _span(chance, content)))
    if a[1] > b[0]:
        return content
    return (
        content[: a[0]]
        + content[slice(*b)]
        + content[a[1] : b[0]]
        + content[slice(*a)]
        + content[b[1] :]
    )


def line(chance, content):
    """Drop, double or move a line."""
    lines = content.splitlines(keepends=True)
    if not lines:
        return content
    place = chance.randrange(len(lines))
    taken = lines.pop(place)
    for _ in range(chance.choice([0, 1, 2])):
        lines.insert(chance.randrange(len(lines) + 1), taken)
    return b"".join(lines)


def word(chance, content):
    """Put something hostile, or another word of the file, in the place of a word."""
    marks = b" \n\t,:\"'()[]{}/=.-"
    edges = [
        n for n in range(1, len(content)) if (content[n] in marks) != (content[n - 1] in marks)
    ]
    edges = [0, *edges, len(content)]
    pieces = [content[a:b] for a, b in pairwise(edges)]
    if not pieces:
        return content
    place = chance.randrange(len(pieces))
    new = chance.choice([chance.choice(NUMBERS), chance.choice(WORDS)]).encode("utf-8", "replace")
    pieces[place] = chance.choice([new, chance.choice(pieces)])
    return b"".join(pieces)


HOSTILE = [None, True, -1, 0, 1.7, 1e308, 10**30, "", "../../evil", "nan", [], {}, [[]], {"a": 1}]


def entry(chance, content):
    """Replace, drop, double or nest one value of a JSON text."""
    try:
        tree = json.loads(content)
    except (ValueError, RecursionError):
        return word(chance, content)
    box = {"": tree}
    parent, key = box, ""
    while isinstance(parent[key], dict | list) and parent[key] and chance.random() < 0.8:
        parent = parent[key]
        key = (
            chance.choice(list(parent))
            if isinstance(parent, dict)
            else chance.randrange(len(parent))
        )
    deed = chance.choice(["replace", "drop", "double", "nest", "infinite"])
    if deed == "replace":
        parent[key] = chance.choice(HOSTILE)
    elif deed == "drop" and parent is not box:
        del parent[key]
    elif deed == "double" and isinstance(parent, list):
        parent.append(parent[key])
    elif deed == "nest":
        parent[key] = {"": parent[key]} if chance.random() < 0.5 else [parent[key]]
    elif deed == "infinite":
        parent[key] = chance.choice([float("nan"), float("inf"), -float("inf")])
    return json.dumps(box[""]).encode()
