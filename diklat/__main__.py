"""`diklat` on the command line, and `python -m diklat`."""

import gc

from pipelines.cli import app

# A run makes a million small objects that stay to its end: to look through them for circles as often as Python does by default takes a tenth of it.
gc.set_threshold(100_000, 50, 100)

if __name__ == "__main__":
    app()
