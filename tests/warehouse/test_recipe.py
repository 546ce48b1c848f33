"""Fingerprints: whatever can change a row of a month makes the month read again, and nothing else does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from pathlib import Path

import polars as pl
import pytest

from schemas.contract import Contract, Rule
from schemas.policy import POLICY
from schemas.sources import SOURCES
from warehouse.delivery.landing import scan
from warehouse.people.known import People
from warehouse.people.privacy import Forgotten
from warehouse.staging import recipe as recipes
from warehouse.staging.month import read_month
from warehouse.staging.recipe import Recipe, Recipes, changed_months
from warehouse.staging.report import FileReport
from warehouse.store import Store

from ..conftest import DAY

Deliver = Callable[[str, str | bytes], Path]
Read = Callable[[], dict[str, FileReport]]
Change = Callable[["City"], None]
SOURCE, MONTH = "survey_responses", "2026-01"
PROFILE = """\
id_scheme: opaque
missing: [kosong, nihil]
codebook: {scale: [1, 4], words: {Setuju: 3}}
layouts:
  - header: [Form, Kls, Aspek, Butir, Nilai]
    lookup: {file: kelas.csv, by: Kls}
    targets:
      survey_responses:
        select: {response_id: Form, class_id: Kls, aspect: Aspek, item_code: Butir, score: Nilai, scale_min: _scale_min, scale_max: _scale_max}
"""
FILE = "Form,Kls,Aspek,Butir,Nilai\n1,A,MATERI,Q1,4\n2,A,MATERI,Q1,3\n"


@dataclass
class City:
    """A store with one month that was read, and the means to change what it was read by."""

    store: Store
    patch: pytest.MonkeyPatch

    def write(self, name: str, text: str) -> None:
        path = self.store.home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def profile(self, old: str, new: str) -> None:
        assert old in PROFILE
        self.write("profiles/form.yaml", PROFILE.replace(old, new))

    def limit(self, name: str, value: str, unit: str) -> None:
        head = POLICY.read_text(encoding="utf-8").splitlines()[0]
        self.write("policy.csv", f"{head}\n{name},{value},{unit},BKPSDM,own,2026-01-01,2\n")

    def contract(self, **changes: object) -> None:
        self.patch.setitem(SOURCES, SOURCE, replace(SOURCES[SOURCE], **changes))  # type: ignore[call-overload]

    def recipe(self) -> Recipe:
        store = Store(self.store.home)
        return Recipes(store, scan(store, DAY)).of(SOURCE, MONTH)

    def changed(self) -> dict[str, list[str]]:
        store = Store(self.store.home)
        return changed_months(store, scan(store, DAY))


@pytest.fixture
def city(store: Store, deliver: Deliver, monkeypatch: pytest.MonkeyPatch) -> City:
    made = City(store, monkeypatch)
    made.write("profiles/form.yaml", PROFILE)
    deliver(f"form/{MONTH}/a.csv", FILE)
    deliver(f"form/{MONTH}/kelas.csv", "Kls,Nama\nA,Dasar\n")
    read_month(store, made.recipe())
    assert made.changed() == {}
    return made


def rules(contract: Contract, at: int, rule: Rule) -> tuple[Rule, ...]:
    return tuple(rule if number == at else other for number, other in enumerate(contract.rules))


SURVEY = SOURCES[SOURCE]
LOOSER = Rule("OFF_SCALE", "score", lambda: pl.col("score") <= pl.col("scale_max"))
ELSEWHERE = replace(SURVEY.rules[1], column="scale_max")
NULLABLE = tuple(replace(c, nullable=True) if c.name == "item_code" else c for c in SURVEY.columns)
ALIASED = tuple(replace(c, aliases=("Angkatan",)) if c.name == "class_id" else c for c in SURVEY.columns)
OTHER_KEY = b"another key of thirty-two bytes!"
CHANGES: dict[str, tuple[str, Change]] = {
    "a rule's expression": ("contract", lambda city: city.contract(rules=rules(SURVEY, 1, LOOSER))),
    "a rule's marked column": ("contract", lambda city: city.contract(rules=rules(SURVEY, 1, ELSEWHERE))),
    "what of several sendings counts": ("contract", lambda city: city.contract(latest=None)),
    "whether a column may be empty": ("contract", lambda city: city.contract(columns=NULLABLE)),
    "a column's headings": ("contract", lambda city: city.contract(columns=ALIASED)),
    "the key": ("contract", lambda city: city.contract(key=SURVEY.key[:2])),
    "a file": ("deliveries", lambda city: city.write(f"landing/form/{MONTH}/a.csv", FILE.replace("Q1,4", "Q1,1"))),
    "a further file": ("deliveries", lambda city: city.write(f"landing/form/{MONTH}/b.csv", FILE.replace("\n1", "\n9"))),
    "the file looked up in": ("deliveries", lambda city: city.write(f"landing/form/{MONTH}/kelas.csv", "Kls,Nama\nA,B\n")),
    "the profile's expression": ("deliveries", lambda city: city.profile("score: Nilai", "score: \"'4'\"")),
    "the profile's code book": ("deliveries", lambda city: city.profile("Setuju: 3", "Setuju: 4")),
    "the profile's id scheme": ("deliveries", lambda city: city.profile("opaque", "nip")),
    "the profile's words for nothing": ("deliveries", lambda city: city.profile("[kosong, nihil]", "[kosong]")),
    "the profile's order of dates": ("deliveries", lambda city: city.profile("    lookup", "    dates: mdy\n    lookup")),
    "a name of a unit": ("aliases", lambda city: city.write("unit_aliases.csv", "alias,unit_code\nKantor Baru Kota,KB-01\n")),
    "a name of a unit in city.yaml": (
        "aliases", lambda city: city.write("city.yaml", "aliases: [{name: Kantor Baru, unit_code: KB-01}]\n")
    ),
    "the share at which a file is held": ("hold", lambda city: city.limit("hold_refused_share", "0.9", "share")),
    "the rows from which a file is held": ("hold", lambda city: city.limit("hold_minimum_rows", "7", "rows")),
    "the share of a meeting that is enough": ("presence_share", lambda city: city.limit("presence_minimum_share", "0.5", "share")),
    "whom names mean": ("people", lambda city: city.patch.setattr(recipes, "NOBODY", People("of other content"))),
    "the time zone": ("zone", lambda city: city.write("city.yaml", "timezone: Asia/Makassar\n")),
    "the pseudonyms' key": (
        "key", lambda city: (city.store.restricted / "pseudonym.key").write_bytes(OTHER_KEY) and None
    ),
    "the reading code": ("code", lambda city: city.patch.setattr(recipes, "code_version", lambda *rooms: "other")),
    "a library": ("libraries", lambda city: city.patch.setattr(recipes, "library_versions", lambda *names: {"polars": "9"})),
}  # fmt: skip


@pytest.mark.parametrize("change", CHANGES)
def test_a_month_is_read_again_when_anything_that_it_is_made_of_changes(city: City, change: str) -> None:
    ingredient, make = CHANGES[change]
    before = city.recipe()
    make(city)
    after = city.recipe()
    assert city.changed() == {SOURCE: [MONTH]}
    others = [
        f.name for f in fields(Recipe) if f.name != ingredient and getattr(before, f.name) != getattr(after, f.name)
    ]
    assert others == [], "the case is about one ingredient"


@pytest.mark.parametrize("name", ["a.csv", "kelas.csv"])
def test_a_file_that_is_not_the_recipe_s_any_more_leaves_the_month_as_it_was(city: City, name: str) -> None:
    recipe, path = city.recipe(), city.store.staging / SOURCE / f"{MONTH}.parquet"
    before = path.read_bytes()
    city.write(f"landing/form/{MONTH}/{name}", "Form,Kls,Aspek,Butir,Nilai,Nama\n1,A,MATERI,Q9,4,x\n")
    [report] = read_month(city.store, recipe)
    assert (report.status, report.reason_code, report.n_read) == ("held", "FILE_CHANGING", 0)
    assert path.read_bytes() == before
    assert city.changed() == {SOURCE: [MONTH]}


def test_every_ingredient_of_a_recipe_has_such_a_case() -> None:
    ingredients = {f.name for f in fields(Recipe) if f.metadata.get("digest", True)}
    # A month is another month, not a changed one: see below.
    assert ingredients == {ingredient for ingredient, _ in CHANGES.values()} | {"month"}


def test_the_month_itself_is_in_the_fingerprint(city: City) -> None:
    assert replace(city.recipe(), month="2026-02").digest != city.recipe().digest


def test_who_is_forgotten_makes_no_other_month_read_again(city: City) -> None:
    recipe = city.recipe()
    assert replace(recipe, forgotten=Forgotten(frozenset({"x"}))).digest == recipe.digest


def test_a_profile_is_told_in_the_order_in_which_it_is_written(city: City) -> None:
    """A set has another order in each process; a fingerprint that is made of one would read everything every night."""
    [layout] = [delivery.layout for delivery in city.recipe().deliveries]
    assert layout is not None
    assert '"missing":["kosong","nihil"]' in layout.signature


HEAD = "class_id,session_no,nip,status\n"
GOOD, BAD = "A,{n},198503152010012001,H\n", "A,{n},1985,H\n"


def test_a_held_file_is_read_again_once_the_city_allows_more_refused_rows(
    store: Store, deliver: Deliver, read: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = HEAD + "".join((GOOD if n < 20 else BAD).format(n=n) for n in range(1, 61))
    deliver("attendance/2026-01/a.csv", text)
    assert read()["attendance/2026-01/a.csv"].status == "held"
    City(store, monkeypatch).limit("hold_refused_share", "0.9", "share")
    report = read()["attendance/2026-01/a.csv"]
    assert (report.status, report.n_accepted, report.n_refused) == ("partly_refused", 19, 41)


def test_a_limit_that_begins_later_holds_nothing_yet(
    store: Store, deliver: Deliver, read: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    deliver("attendance/2026-01/a.csv", HEAD + GOOD.format(n=1))
    read()
    head = POLICY.read_text(encoding="utf-8")
    City(store, monkeypatch).write("policy.csv", f"{head}hold_refused_share,0.9,share,BKPSDM,own,2027-01-01,2\n")
    assert read() == {}
