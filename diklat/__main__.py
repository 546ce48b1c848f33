"""`diklat` on the command line, and `python -m diklat`."""

import gc
import signal

# Until a command can tell what became of it, Ctrl-C ends the program without a word; where it is ignored, it stays so.
interrupted = signal.getsignal(signal.SIGINT)
if interrupted is signal.default_int_handler:
    signal.signal(signal.SIGINT, signal.SIG_DFL)

from pipelines.cli import app  # noqa: E402

signal.signal(signal.SIGINT, interrupted)

# A run makes a million small objects that stay to its end: to look through them for circles as often as Python does by default takes a tenth of it.
gc.set_threshold(100_000, 50, 100)

if __name__ == "__main__":
    app()
