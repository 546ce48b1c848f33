"""How far the last run came is known without Dagster, and whatever happens to the note stops no run."""

from __future__ import annotations

import pytest

from warehouse.lock import alive
from warehouse.store import Store
from warehouse.upkeep import journal


def stopped_at(store: Store) -> tuple[str, ...]:
    last = journal.last_run(store)
    assert last is not None
    return last.stopped_at(store)


def test_nothing_is_known_of_a_store_that_never_had_a_run(store: Store) -> None:
    assert journal.last_run(store) is None


def test_a_run_that_ended_well_stopped_nowhere(store: Store) -> None:
    with journal.run(store, "a"), journal.step(store, "a", "core/dim_class"):
        pass
    assert stopped_at(store) == ()


def test_a_run_that_died_is_told_with_the_step_that_it_was_at(store: Store) -> None:
    with alive(store, "a"):
        dying = journal.run(store, "a")
        dying.__enter__()
        step = journal.step(store, "a", "core/dim_class")
        step.__enter__()
        assert stopped_at(store) == (), "it is running"
    assert stopped_at(store) == ("core/dim_class",)
    with journal.run(store, "b"):
        pass
    assert stopped_at(store) == (), "another run came after it"
    dying.gen.close()
    assert stopped_at(store) == ()


def test_every_step_that_failed_is_told_unless_it_was_tried_again(store: Store) -> None:
    with journal.run(store, "a"):
        for step in ("core/dim_class", "marts/reaction"):
            with pytest.raises(KeyError), journal.step(store, "a", step):
                raise KeyError
        with journal.step(store, "a", "core/dim_class"):
            pass
    assert stopped_at(store) == ("marts/reaction",)


@pytest.mark.parametrize("text", ["", "[]", '{"run_id": "a", "colour": 1}', "{}"])
def test_a_note_that_cannot_be_read_is_no_note(store: Store, text: str) -> None:
    path = store.build.parent / "run.json"
    path.parent.mkdir(parents=True)
    path.write_text(text)
    assert journal.last_run(store) is None
    with journal.run(store, "b"):
        pass
    assert stopped_at(store) == ()


def test_a_disk_that_takes_no_note_stops_no_run(store: Store) -> None:
    store.home.mkdir()
    store.build.parent.write_text("a file where the folder should be")
    with journal.run(store, "a"), journal.step(store, "a", "core/dim_class"):
        pass
