"""Each planted truth that the method can find stands on its right page, in a sentence that is true; what is not so is said nowhere."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from babel.dates import get_month_names

from tests.conftest import once, refresh, sample_city
from warehouse import report
from warehouse.report.site import file_name
from warehouse.sample import courses
from warehouse.store import Store


@dataclass(frozen=True)
class City:
    """A published city, and what is true of it."""

    report: Path
    truth: Mapping[str, Any]

    def verdict(self, program: str) -> str:
        """The row of a program on the front page."""
        return self.row("index.html", f'href="program/{file_name(program)}"')

    def row(self, page: str, mark: str) -> str:
        """The text of the one row of a page's tables that has a mark."""
        [found] = self.rows(page, mark)
        return found

    def rows(self, page: str, mark: str) -> list[str]:
        """The texts of all rows that have a mark."""
        rows = re.findall(r"<tr>.*?</tr>", (self.report / page).read_text(encoding="utf-8"), re.DOTALL)
        return [" ".join(html.unescape(re.sub("<[^>]+>", " ", row)).split()) for row in rows if mark in row]

    def text(self, page: str) -> str:
        """All that a page says."""
        return " ".join(html.unescape(re.sub("<[^>]+>", " ", (self.report / page).read_text(encoding="utf-8"))).split())


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> City:
    """A city of 3,000 with as many projects as a large one, so that lotteries and projects can show what is planted in them."""

    def make(home: Path) -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(courses, "PROJECTS_LEAST", 40)
            store = sample_city(Store(home), employees=3000, months=24)
        refresh(store)
        report.write((store.current / "warehouse.duckdb").resolve(), home / "site")

    home = once(tmp_path_factory, "city-of-truths", make)
    return City(home / "site", json.loads((home / "truth.json").read_text(encoding="utf-8")))


def test_what_works_is_proven_with_an_interval_that_holds_it(city: City) -> None:
    works = city.truth["lotteries"]["works"]
    sizes = {one["program_code"]: one["size"] for one in city.truth["real_effects"]}
    assert works
    for program in works:
        told = city.verdict(program)
        effect = re.search(r"inerja naik karena pelatihan: ([+−][\d,]+) poin \( ([+−][\d,]+) s\.d\. ([+−][\d,]+)", told)
        assert effect, told
        _, low, high = (float(number.replace("−", "-").replace(",", ".")) for number in effect.groups())
        assert low <= sizes[program] <= high
        assert ("terbukti berhasil" in told) != ("perlu diperbaiki" in told)
        assert "Terbukti: kinerja meningkat karena pelatihan" in city.text(f"program/{file_name(program)}")


@pytest.mark.parametrize("kind", ["no_effects", "selection", "nominated_on_the_way_up"])
def test_what_does_not_work_is_nowhere_proven(city: City, kind: str) -> None:
    assert city.truth[kind]
    for program in city.truth[kind]:
        assert "terbukti berhasil" not in city.verdict(program)
        told = city.text(f"program/{file_name(program)}")
        assert "Terbukti: kinerja" not in told
        assert "karena pelatihan" not in told


def test_too_few_answers_are_too_few(city: City) -> None:
    [program] = city.truth["too_few"]
    assert "data kurang Jawaban terlalu sedikit – tidak diketahui" in city.verdict(program)


def test_what_is_bad_is_named_and_what_is_not_is_not(city: City) -> None:
    bad = {
        one["program_code"]
        for kind in ("bad_curricula", "turned_bad")
        for one in city.truth[kind]
        if not one.get("fixed_from")
    }
    weak = {(code, one["instructor_id"]) for one in city.truth["weak_instructors"] for code in one["program_codes"]}
    absent = set(city.truth["rarely_present"])
    for program in sorted({*bad, *(code for code, _ in weak), *absent, *city.truth["no_effects"]}):
        told = city.verdict(program)
        assert (re.search("Materi(:| memburuk)", told) is not None) == (program in bad), told
        assert ("jarang hadir" in told) == (program in absent), told
        assert ("Narasumber" in told) == (program in {code for code, _ in weak}), told
    for program, person in weak:
        versions = city.rows(f"narasumber/{file_name(person)}", f'href="../program/{file_name(program)}"')
        assert any("MERAH" in told or "KUNING" in told for told in versions)


def test_what_turned_bad_did_so_when_it_did(city: City) -> None:
    [turned] = city.truth["turned_bad"]
    months = {"-".join(klass.split("-")[1:3]) for klass in turned["bad_classes"]}
    told = city.text(f"program/{file_name(turned['program_code'])}")
    since = re.search(r"memburuk sejak (\d+ \w+ \d{4})", told)
    assert since
    _, month, year = since[1].split()
    number = next(number for number, name in get_month_names(locale="id").items() if name == month)
    assert f"{year}-{number:02}" in months
    assert f"Mutu memburuk sejak {since[1]}." in told, "the chart draws it"
    others = {*city.truth["no_effects"]} - {turned["program_code"]}
    assert not [one for one in others if "memburuk sejak" in city.text(f"program/{file_name(one)}")]


def test_what_decisions_achieved_is_what_they_did(city: City) -> None:
    by_program = {one["flag_id"].split(":")[0]: one for one in city.truth["follow_ups"]}
    assert {one["helps"] for one in by_program.values()} == {True, False, None}
    for program, decision in by_program.items():
        [told] = [
            row
            for row in city.rows("keputusan.html", f'href="program/{file_name(program)}"')
            if decision["action"] in row
        ]
        assert ("membaik" in told) == (decision["helps"] is True), told
        assert ("terlewat" in told) == (not decision["is_done"]), told
    [helped] = [program for program, one in by_program.items() if one["helps"]]
    front = city.text("index.html")
    name = city.row("keputusan.html", f'href="program/{file_name(helped)}"').split(" , ")[0]
    assert re.search(
        rf"Berhasil sesudah tindak lanjut {name} , Materi: porsi bermasalah [\d,]+% menjadi [\d,]+%", front
    )


def test_services_of_trained_offices_rose_where_they_did(city: City) -> None:
    """One period after a class tells too little: no word of a rise is true of others than those of whom it is said."""
    rises = {one["service"] for one in city.truth["offices"] if one["satisfaction_rises"]}
    told = {row for row in city.rows("layanan.html", 'class="said"') if "Naik lebih besar" in row}
    assert len(told) >= 2
    assert all(any(f": {service} " in row for service in rises) for row in told)
    early = [one["service"] for one in city.truth["offices"] if one["satisfaction_rises"] and one["trained"] == "early"]
    assert all(any(f": {service} " in row for row in told) for service in early)
    assert all("Bukan bukti pengaruh: kantor tidak diundi." in row for row in told)
    assert f"Pada {len(told)} dari" in city.text("index.html")


def test_projects_sped_up_where_their_managers_learnt_to(city: City) -> None:
    assert any(one["speeds_up"] for one in city.truth["projects"])
    caught_up = [row for row in city.rows("proyek.html", 'class="said"') if "mengejar ketertinggalan" in row]
    assert [row.split()[:3] for row in caught_up] == [["Manajemen", "Proyek", "Pembangunan"]]
    assert "Bukan bukti pengaruh: proyek tidak diundi." in caught_up[0]
    assert "Manajemen Proyek Pembangunan: Proyek mengejar ketertinggalan" in city.text("index.html")
