"""Tell whether the packages of Colab would survive the installation of ecgbook.

Usage: python tools/colab.py FREEZE, where FREEZE is what ``pip freeze`` printed on Colab.
"""

import re
import sys
import tomllib
from importlib import metadata
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement

ROOT = Path(__file__).resolve().parent.parent


def read_freeze(path):
    """Return the versions in a ``pip freeze`` listing as a dict by lower-case name."""
    pinned = re.compile(r"^([A-Za-z0-9._-]+)==(\S+)", re.MULTILINE)
    text = Path(path).read_text(encoding="utf-8")
    return {_plain(name): version for name, version in pinned.findall(text)}


def requirements(*extras):
    """Return what ``pyproject.toml`` asks for, with the named extras, as `Requirement` objects."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    asked = [Requirement(line) for line in project["dependencies"]]
    for extra in extras:
        for line in project["optional-dependencies"][extra]:
            asked.append(Requirement(line))
            if asked[-1].name == "ecgbook":  # an extra that is made of others
                inner = asked.pop().extras
                asked += [one for one in requirements(*sorted(inner)) if one not in asked]
    return asked


def conflicts(wanted, present, python="3.13"):
    """Return what an installation of ``wanted`` would have to replace, one sentence each.

    Parameters
    ----------
    wanted : list of packaging.requirements.Requirement
    present : dict of str to str
        Versions that are installed, by name.
    python : str
        Version of Python there, for requirements that depend on it.

    Notes
    -----
    Packages that are not present would be installed, so what these ask for in turn is checked
    as well, as far as their metadata can be read here.
    """
    environment = {"python_version": python, "python_full_version": f"{python}.0", "extra": ""}
    found, seen, queue = [], set(), [(requirement, "ecgbook") for requirement in wanted]
    while queue:
        requirement, asker = queue.pop(0)
        name = _plain(requirement.name)
        if requirement.marker and not requirement.marker.evaluate(environment):
            continue
        if name in present:
            if not requirement.specifier.contains(present[name], prereleases=True):
                found.append(f"{asker} asks for {requirement}, there is {name} {present[name]}")
        elif name not in seen:
            seen.add(name)
            queue += [(deeper, name) for deeper in _requirements_of(name)]
    return found


def _requirements_of(name):
    try:
        return [Requirement(line) for line in metadata.requires(name) or ()]
    except (metadata.PackageNotFoundError, InvalidRequirement):
        return []


def _plain(name):
    return re.sub(r"[-_.]+", "-", name).lower()


if __name__ == "__main__":
    sys.exit("\n".join(conflicts(requirements("lessons"), read_freeze(sys.argv[1]))) or 0)
