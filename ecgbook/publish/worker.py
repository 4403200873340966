"""Run one notebook with papermill: the process that `ecgbook.publish.execute` watches.

Called as ``python -m ecgbook.publish.worker SOURCE TARGET PARAMETERS`` with the parameters as
JSON. Exits with 1 if a cell fails; the notebook, as far as it came, is in TARGET then.
"""

import json
import sys
from pathlib import Path

import papermill
from papermill.exceptions import PapermillExecutionError


def main():
    """Execute the notebook that the command line names."""
    source, target, parameters = sys.argv[1:]
    how = {"kernel_name": "python3", "cwd": Path(source).parent, "progress_bar": False}
    try:
        papermill.execute_notebook(source, target, json.loads(parameters), **how)
    except PapermillExecutionError:
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
