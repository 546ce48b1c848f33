"""The window: the programs of Dagster's UI and daemon on this machine, begun together and ended together. Nothing here prints."""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import dagster as dg

from pipelines.settings import Settings, prepare_dagster, write_workspace
from schemas.said import said
from warehouse.lock import one_window
from warehouse.store import OTHERS, Store

LOOKING_SECONDS = 0.2
"""Between two looks at whether the programs run."""
ASK_FOR_SIGNAL = 1
"""`PR_SET_PDEATHSIG` of Linux: the signal that a process gets when the one that began it is gone."""
ENDING_SECONDS = 20
"""How long the programs have to end by themselves."""


class PortTaken(RuntimeError):
    """Another program has the port; the message says so."""


def _try_port(store: Store, port: int) -> None:
    with socket.socket() as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind(("127.0.0.1", port))
        except OSError as error:
            if store.dagster_home.exists():
                # The other program may be this data root's own window.
                with one_window(store, ""):
                    pass
            why = said("Port {port} cannot be used ({why}); name another: --port N.", port=port, why=error.strerror)
            raise PortTaken(why) from None


def serve(settings: Settings, port: int, begun: Callable[[str], object]) -> None:
    """Run the programs until one of them ends by itself; what they started ends with them. `begun` is told the address before they begin.
    Raises Busy where the data root's window is open already, PortTaken, and KeyboardInterrupt where somebody ends them."""
    _try_port(settings.store, port)
    # Of what it makes, and of what the programs that it starts make: runs without the writer's lock, too, write their events.
    os.umask(OTHERS)
    prepare_dagster(settings.store)
    address = f"http://127.0.0.1:{port}"
    with one_window(settings.store, address):
        # Makes Dagster's tables. Two programs that find none both make them, and one that is stamped twice opens no more.
        dg.DagsterInstance.get().dispose()
        begun(address)
        _run(settings, port)


def _run(settings: Settings, port: int) -> None:
    logs = ["--log-format", settings.log_format] if settings.log_format == "json" else []
    programs: list[subprocess.Popen[bytes]] = []

    def start(*command: str | Path) -> None:
        programs.append(begin(*command, *logs))

    def have_ended() -> bool:
        return any(program.poll() is not None for program in programs)

    # Who may open the code's socket may run code: in a folder of its own, nobody else may. One server is for both programs: of a module each
    # would have its own, and the daemon another every minute.
    with TemporaryDirectory(prefix="diklat-") as folder:
        code = Path(folder) / "code.sock"
        workspace = write_workspace(settings, code)
        location = ["--module-name", f"{__package__}.definitions", "--location-name", settings.code_location]
        try:
            start("dagster", "api", "grpc", "--use-python-environment-entry-point", "--socket", code, *location)
            while not (code.exists() or have_ended()):
                time.sleep(LOOKING_SECONDS)
            if code.exists():
                start("dagster_webserver", "-h", "127.0.0.1", "-p", str(port), "-w", workspace)
                start("dagster._daemon", "run", "-w", workspace)
            while not have_ended():
                time.sleep(LOOKING_SECONDS)
        finally:
            _end(programs)


def begin(*command: str | Path) -> subprocess.Popen[bytes]:
    """Begin a module of Python with its arguments. It is in a group of its own, with whatever it starts, so that runs end with it; and it ends
    with this process, also where that is killed."""
    return subprocess.Popen([sys.executable, "-m", *command], process_group=0, preexec_fn=_end_with_parent)


def _end_with_parent() -> None:
    # Linux alone can be asked to. Where Ctrl-C is ignored (`&` in a script) the server of the code does not end when it is asked.
    if ask := getattr(ctypes.CDLL(None), "prctl", None):
        ask(ASK_FOR_SIGNAL, signal.SIGKILL)


def _end(programs: Sequence[subprocess.Popen[bytes]]) -> None:
    """End programs and everything that they started: asked first, and after a while made to."""
    for program in programs:
        with suppress(ProcessLookupError):
            os.killpg(program.pid, signal.SIGTERM)
    for program in programs:
        with suppress(subprocess.TimeoutExpired):
            program.wait(ENDING_SECONDS)
        with suppress(ProcessLookupError):
            os.killpg(program.pid, signal.SIGKILL)
        program.wait()
