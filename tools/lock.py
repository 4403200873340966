"""Write requirements.lock and environment.yml: the versions with which the book is made.

``make lock`` installs the newest versions that pyproject.toml allows into a fresh environment
and writes down what came. Torch stays at the version of the present lock file, because its
newest one may come with gigabytes for a GPU; to move it, change that line and lock again.
"""

import argparse
import re
import subprocess
import sys
import tomllib
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCK, CONDA = ROOT / "requirements.lock", ROOT / "environment.yml"
EXTRAS = ("biosppy", "wavelets", "edf", "explain", "search", "lessons", "book", "dev")
FOR_A_GPU = re.compile(r"^(nvidia-|triton)", re.IGNORECASE)


def main():
    """Lock the environment of the interpreter in ``--python``, by default a fresh one."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--python", type=Path, help="an interpreter with all extras installed")
    python = parser.parse_args().python or fresh_environment(ROOT / ".venv-lock")
    command = [python, "-m", "pip", "freeze", "--exclude-editable"]
    frozen = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    lines = locked(frozen)
    LOCK.write_text("# Written by `make lock`.\n" + "\n".join(lines) + "\n", encoding="utf-8")
    CONDA.write_text(conda(versions(lines), direct_names()), encoding="utf-8")


def fresh_environment(folder):
    """Install the package with all extras into a new environment; return its interpreter."""
    venv.create(folder, clear=True, with_pip=True)
    python = folder / "bin" / "python"
    torch = next(
        line for line in LOCK.read_text("utf-8").splitlines() if line.startswith("torch==")
    )
    install = [python, "-m", "pip", "install", torch, f"{ROOT}[{','.join(EXTRAS)}]"]
    subprocess.run(install, check=True)
    return python


def locked(frozen):
    """Return the lines of a ``pip freeze`` as the lock file keeps them.

    Builds (``2.13.0+cpu``) are left out, so that each machine takes its own, and so is the
    package itself. Stops on a line without a version and on packages for a GPU.
    """
    lines = [line for line in frozen.splitlines() if line and not line.startswith("#")]
    lines = [line for line in lines if not re.match(r"(-e\s|ecgbook\b)", line)]
    for line in lines:
        if FOR_A_GPU.match(line) or not re.fullmatch(r"[\w.-]+==\S+", line):
            sys.exit(f"this does not belong into a lock file: {line}")
    return sorted((re.sub(r"\+\S+$", "", line) for line in lines), key=str.lower)


def versions(lines):
    """Return locked versions as a dict by name, as pip compares names."""
    pairs = (line.split("==") for line in lines if "==" in line)
    return {plain(name): version for name, version in pairs}


def direct_names():
    """Return the names that pyproject.toml asks for itself, in all extras."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    lines = list(project["dependencies"])
    for extra in EXTRAS:
        lines += project["optional-dependencies"][extra]
    names = {plain(re.match(r"[\w.-]+", line).group()) for line in lines}
    return sorted(names - {"ecgbook"})


def conda(locked_versions, names):
    """Return environment.yml: Python from conda, the direct dependencies at their locked version.

    They come through pip, because not all of them are to be had from conda at that version.
    """
    pins = "".join(f"      - {name}=={locked_versions[name]}\n" for name in names)
    return (
        "# Written by `make lock`: the direct dependencies at the versions of requirements.lock.\n"
        "name: ecgbook\nchannels: [conda-forge]\ndependencies:\n"
        "  - python=3.11\n  - pip\n  - pip:\n" + pins + "      - --editable .\n"
    )


def plain(name):
    """Return a package name as pip compares names."""
    return re.sub(r"[-_.]+", "-", name).lower()


if __name__ == "__main__":
    main()
