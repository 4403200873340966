"""One archive for a room without a network: pages, package, notebooks, simulated ECGs."""

import hashlib
import io
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ecgbook.errors import BookInvalid
from ecgbook.simulator import CONDITIONS, simulate

__all__ = ["build_wheel", "offline_kit", "simulated_slices"]

# Formats of recordings. None belongs into the kit, wherever it may have come from.
_RECORDINGS = {".dat", ".hea", ".atr", ".qrs", ".mat", ".edf", ".bdf", ".xyz", ".ari", ".ecg"}
_PACKAGE = ("pyproject.toml", "README.md", "LICENSE", "ecgbook")
_EPOCH = 315532800  # 1980-01-01, the first day that a zip archive knows
_NO_WHEELS = """\
   This archive holds no wheels of other packages. On a machine with a network, of the same system
   and Python, run in this folder, and take the folder along:

       python -m pip wheel --wheel-dir wheels --requirement requirements.lock
"""
_README = """\
ecgbook: everything for a room without a network

1. Unpack this archive and open pages/index.html in a browser. No server is needed.

2. Make an environment (Linux and macOS; on Windows write .venv\\Scripts for .venv/bin):
{wheels}
       python3 -m venv .venv
       .venv/bin/pip install --no-index --find-links wheels --requirement requirements.lock
       .venv/bin/pip install --no-index --no-deps package/{wheel}

3. Work on the notebooks:

       ECGBOOK_OFFLINE=1 .venv/bin/jupyter lab notebooks

All ECGs in data/ are simulated, and the notebooks simulate theirs. No recording of a patient is in
this archive; figures in the pages may show some, and say of which database. MANIFEST.txt lists
every file with its SHA-256.
"""


@dataclass(frozen=True)
class _File:
    """A file of the archive: its name there, and its content or where that is."""

    name: str
    content: bytes = b""
    path: Path | None = None

    def read(self):
        return self.path.read_bytes() if self.path else self.content


def offline_kit(root, to, *, wheels=None, make_wheel=None, make_data=None):
    """Write the archive and return its path; the same files give the same archive.

    Parameters
    ----------
    root : path
        A checkout of the book with built pages in ``_build/html``.
    to : path
        The archive, ``.zip``.
    wheels : path, optional
        A folder with wheels of the packages that ``requirements.lock`` names.
    make_wheel, make_data : function, optional
        `build_wheel` and `simulated_slices` by default.

    Raises
    ------
    BookInvalid
        If the pages are not built, something is missing, is a link, or looks like a recording.
    """
    root, to = Path(root), Path(to)
    if to.suffix != ".zip":
        raise BookInvalid(f"{to} must end in .zip")
    if not (root / "_build" / "html" / "index.html").is_file():
        raise BookInvalid("there are no pages yet; build them: make book")
    with tempfile.TemporaryDirectory() as scratch:
        wheel = (make_wheel or build_wheel)(root, Path(scratch))
        files = [*_own(root), *_others(wheels), _File(f"package/{wheel.name}", path=wheel)]
        files += [_File(f"data/{k}", v) for k, v in (make_data or simulated_slices)().items()]
        note = f"\n{_NO_WHEELS}" if wheels is None else ""
        files.append(_File("README.txt", _README.format(wheels=note, wheel=wheel.name).encode()))
        _refuse_recordings(files)
        _write(files, to)
    return to


def build_wheel(root, folder):
    """Build the wheel of the package without a network and return its path; raise `BookInvalid`.

    It is built from a copy: what an earlier build has left in the checkout is not taken along.
    """
    copy = folder / "source"
    copy.mkdir()
    passed_over = shutil.ignore_patterns("__pycache__", "*.egg-info")
    for name in _PACKAGE:
        path = root / name
        if path.is_dir():
            shutil.copytree(path, copy / name, ignore=passed_over)
        elif path.is_file():
            shutil.copyfile(path, copy / name)
    options = ["--no-deps", "--no-index", "--no-build-isolation", "--quiet", "--wheel-dir"]
    command = [sys.executable, "-m", "pip", "wheel", *options, str(folder / "made"), str(copy)]
    known = os.environ | {"SOURCE_DATE_EPOCH": str(_EPOCH)}
    done = subprocess.run(command, env=known, capture_output=True, text=True, check=False)
    made = sorted((folder / "made").glob("*.whl"))
    if done.returncode or len(made) != 1:
        fault = done.stderr.strip().splitlines()[-1:] or ["no wheel came"]
        raise BookInvalid(f"the package was not built ({fault[0]}); is setuptools installed?")
    return made[0]


def simulated_slices(seconds=30.0, people=4):
    """Return a file of simulated ECGs for each condition: content by name.

    Each holds ``signal`` in mV (record, lead, time), ``fs``, ``leads`` and the R peaks and symbols
    of each record, ``r_peak_0``, ``symbol_0`` and so on.
    """
    made = {}
    for number, condition in enumerate(CONDITIONS):
        ecg = simulate(condition, people, duration_s=seconds, fs=250, seed=1000 * number)
        arrays = {"signal": ecg.signal, "fs": np.array(ecg.fs), "leads": np.array(ecg.leads)}
        for k, truth in enumerate(ecg.truth):
            arrays |= {f"r_peak_{k}": truth.r_peak, f"symbol_{k}": np.array(truth.symbol, "U1")}
        file = io.BytesIO()
        np.savez_compressed(file, **arrays)
        made[f"simulated-{condition}.npz"] = file.getvalue()
    return made


def _own(root):
    """Return pages, notebooks and the lock file; solutions only where the pages have them."""
    html = root / "_build" / "html"
    lock = root / "requirements.lock"
    if not lock.is_file():
        raise BookInvalid(f"{lock} is missing")
    chapters = _below(html / "_sources" / "chapters", "notebooks/chapters", ".ipynb")
    student = _below(root / "book" / "assignments" / "student", "notebooks/assignments")
    return [*_below(html, "pages"), *chapters, *student, _File("requirements.lock", path=lock)]


def _others(wheels):
    """Return the wheels of other packages."""
    if wheels is None:
        return []
    found = list(_below(Path(wheels), "wheels", ".whl")) if Path(wheels).is_dir() else []
    if not found:
        raise BookInvalid(f"{wheels} is no folder with wheels (.whl)")
    return found


def _below(folder, name, suffix=""):
    """Yield the files below a folder, without hidden ones and what Python leaves behind."""
    for path in sorted(folder.rglob(f"*{suffix}")):
        inner = path.relative_to(folder)
        if path.is_symlink():
            raise BookInvalid(f"{path} is a link; the archive takes files only")
        hidden = any(part.startswith(".") or part == "__pycache__" for part in inner.parts)
        if path.is_file() and not hidden:
            yield _File(f"{name}/{inner.as_posix()}", path=path)


def _refuse_recordings(files):
    for file in files:
        if Path(file.name).suffix.lower() in _RECORDINGS:
            raise BookInvalid(f"{file.name} looks like a recording; the archive takes none")


def _write(files, to):
    """Write the archive under another name first: a half one never stands there."""
    files = sorted(files, key=lambda file: file.name)
    lines = [f"{hashlib.sha256(file.read()).hexdigest()}  {file.name}\n" for file in files]
    half = to.with_name(f"{to.name}.part")
    try:
        with zipfile.ZipFile(half, "w", zipfile.ZIP_DEFLATED) as archive:
            for file in [_File("MANIFEST.txt", "".join(lines).encode()), *files]:
                entry = zipfile.ZipInfo(file.name)  # of 1980, so that nothing tells the hour
                entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
                archive.writestr(entry, file.read())
        half.replace(to)
    finally:
        half.unlink(missing_ok=True)
