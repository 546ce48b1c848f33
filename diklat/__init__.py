"""The installed program: where its packages stand, and the way for Python to find them.

`pipelines`, `assets`, `schemas` and `warehouse` are names that other packages may use, too. In a wheel they therefore stand
below this one, in `_house/`, where nobody else looks for his own; in a checkout they stand beside it. Whoever imports `diklat`
finds them first, and so do the processes that he starts: Dagster's servers and runs, and the reader of workbooks.
Nothing else belongs here.
"""

import os
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
HOUSE = str(HERE / "_house" if (HERE / "_house").is_dir() else HERE.parent)
"""The folder that holds the four packages, exactly as they stand in the repository."""

if HOUSE not in sys.path[:1]:
    sys.path.insert(0, HOUSE)
_inherited = os.environ.get("PYTHONPATH", "").split(os.pathsep)
if HOUSE not in _inherited:
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [HOUSE, *_inherited]))
