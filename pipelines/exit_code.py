"""What a command ends with, for scripts, timers and units."""

from enum import IntEnum


class ExitCode(IntEnum):
    """The codes of every command, as the README lists them; `docs/commands.md` has which command ends with which."""

    DONE = 0
    FAILED = 1
    """It could not be done; what was published stands as it was."""
    USAGE = 2
    """Nothing was begun: what was asked, or what the environment or a written file says, cannot be used."""
    REFUSED = 3
    """It was done, and something was refused, held or left out."""
