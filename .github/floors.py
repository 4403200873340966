"""Print the oldest versions that pyproject.toml allows, as constraints for pip."""

import re
import tomllib
from pathlib import Path

project = tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))["project"]
extras = project["optional-dependencies"]
for requirement in project["dependencies"] + extras["lessons"] + extras["book"]:
    if floor := re.match(r"([\w.-]+)\s*>=\s*([\w.]+)", requirement):
        print("==".join(floor.groups()))
