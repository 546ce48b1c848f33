"""How database files are opened."""

import os

import pytest

from warehouse import database


def test_a_connection_works_on_the_cores_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    assert 1 <= database.THREADS <= (os.cpu_count() or 1)
    monkeypatch.setattr(database, "THREADS", 5)
    with database.connect(":memory:") as con:
        assert con.execute("select current_setting('threads')").fetchone() == (5,)
