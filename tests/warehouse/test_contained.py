"""Anonymous answers that are sent again in another file: counted once where that is certain, and otherwise as often as they came."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from warehouse.staging.contained import find_contained
from warehouse.staging.report import FileReport
from warehouse.store import Store

from ..conftest import book, staged_rows

Deliver = Callable[[str, str | bytes], Path]
Read = Callable[[], dict[str, FileReport]]
ELEMENTS = ("Persyaratan", "Prosedur", "Waktu", "Biaya", "Produk", "Kompetensi", "Perilaku", "Pengaduan", "Sarana")
FORMS = [[3 + (nth * step) // 5 % 2 for step in range(2, 11)] for nth in range(20)]
"""Twenty questionnaires, of which none is rare alone."""
ONE_MORE = [4, 4, 4, 4, 4, 4, 4, 4, 1]
FOLDER = "service_satisfaction/2026-01"


def survey(forms: Sequence[Sequence[object]], unit: str = "DINKES") -> list[tuple[object, ...]]:
    return [(f"Unit Pelayanan : {unit}",), ("No", *ELEMENTS), *((nth, *form) for nth, form in enumerate(forms, 1))]


def as_text(rows: Sequence[Sequence[object]]) -> str:
    return "\n".join(";".join(map(str, row)) for row in rows) + "\n"


def n_forms(store: Store) -> int:
    return staged_rows(store, "service_satisfaction").height // len(ELEMENTS)


def test_a_survey_sent_again_with_one_more_questionnaire_counts_once(
    store: Store, deliver: Deliver, read: Read
) -> None:
    """The shorter file is recorded as a repetition of the longer one, whichever is called first."""
    deliver(f"{FOLDER}/skm.xlsx", book(*survey(FORMS)))
    deliver(f"{FOLDER}/skm (1).xlsx", book(*survey([*FORMS, ONE_MORE])))
    report = read()[f"{FOLDER}/skm.xlsx"]
    assert n_forms(store) == 21
    assert (report.status, report.n_accepted, report.n_duplicate) == ("duplicate", 0, 180)
    assert report.seen == f"Every row stands in {FOLDER}/skm (1).xlsx, too."


def test_a_survey_sent_as_text_and_as_a_workbook_counts_once(store: Store, deliver: Deliver, read: Read) -> None:
    deliver(f"{FOLDER}/a.csv", as_text(survey(FORMS)))
    deliver(f"{FOLDER}/b.xlsx", book(*survey(FORMS)))
    reports = read()
    assert (n_forms(store), reports[f"{FOLDER}/b.xlsx"].status) == (20, "duplicate")


def test_a_mended_survey_beside_the_one_that_was_sent_back_counts_once(
    store: Store, deliver: Deliver, read: Read
) -> None:
    """What was refused of the old one stays refused, and what was accepted of it stands in the new one."""
    broken = [form if nth != 7 else ["lima", *form[1:]] for nth, form in enumerate(FORMS)]
    deliver(f"{FOLDER}/a.xlsx", book(*survey(broken)))
    deliver(f"{FOLDER}/b.xlsx", book(*survey(FORMS)))
    report = read()[f"{FOLDER}/a.xlsx"]
    assert n_forms(store) == 20
    assert (report.status, report.n_refused, report.n_accepted) == ("duplicate", 1, 0)


@pytest.mark.parametrize(
    "other",
    [
        survey([*FORMS[:5], ONE_MORE, *FORMS[6:]]),
        survey([*FORMS[::-1], ONE_MORE]),
        survey([*FORMS, ONE_MORE], unit="DINSOS"),
    ],
    ids=["another answer", "another order", "another office"],
)
def test_a_survey_that_says_something_else_is_another_one(
    store: Store, deliver: Deliver, read: Read, other: list[tuple[object, ...]]
) -> None:
    deliver(f"{FOLDER}/a.xlsx", book(*survey(FORMS)))
    deliver(f"{FOLDER}/b.xlsx", book(*other))
    assert all(report.status == "accepted" for report in read().values())
    assert n_forms(store) == 20 + len(other) - 2


@pytest.mark.parametrize("forms", [FORMS[:5], [[4] * 9] * 60], ids=["few", "all alike"])
def test_what_chance_may_have_brought_together_is_counted_as_it_came(
    store: Store, deliver: Deliver, read: Read, forms: list[list[object]]
) -> None:
    deliver(f"{FOLDER}/a.xlsx", book(*survey(forms)))
    deliver(f"{FOLDER}/b.xlsx", book(*survey([*forms, ONE_MORE])))
    read()
    assert n_forms(store) == 2 * len(forms) + 1


def test_of_three_sendings_the_longest_stands_and_of_equal_ones_the_first() -> None:
    forms = [frozenset([nth]) for nth in range(90)]
    answers = forms[:20]
    sent = {"a": answers, "b": forms[:21], "c": answers, "d": forms[:22], "e": forms[50:80]}
    assert find_contained(sent) == {"a": "d", "b": "d", "c": "d"}
    assert find_contained({"b": answers, "a": answers}) == {"b": "a"}
