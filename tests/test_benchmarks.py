"""What is documented as measured can be measured: every benchmark and simulator runs, small."""

from __future__ import annotations

from pathlib import Path

import duckdb
import numpy as np
import pytest

from benchmarks import bare, city, files, flags
from benchmarks import refresh as speed

ROOT = Path(__file__).parents[1]


def test_the_simulator_of_flags_finds_what_it_plants() -> None:
    measures = flags.city(0)
    assert np.mean(measures["bad curricula: red within 3 batches"]) > 0.5
    assert np.mean(measures["healthy programs with a false red flag"]) < 0.2
    assert {f"{design}: 95 % interval covers the truth" for design in ("randomised", "nominated")} <= set(measures)


def test_worse_curricula_are_found_more_often() -> None:
    *_, mildest, _, _, _, worst = flags.power(range(1))
    assert mildest.startswith("| 25%")
    assert worst.startswith("| 50%")
    mild, bad = (int(line.split("|")[-2].rstrip(" %")) for line in (mildest, worst))
    assert mild <= bad


def test_the_bare_script_builds_the_same_tables(tmp_path: Path) -> None:
    city.write_city(tmp_path / "data", 3_600, employees=300)
    bare.run(tmp_path / "data", tmp_path / "bare.duckdb")
    with duckdb.connect(str(tmp_path / "bare.duckdb"), read_only=True) as con:
        rows = con.execute(
            "select count(*) from core.fact_attendance union all select count(*) from marts.reaction"
        ).fetchall()
    assert rows[0] == (3_600,)
    assert rows[1][0] > 0


def test_a_run_is_timed_and_a_failed_one_is_no_result(tmp_path: Path) -> None:
    measured = speed.Measured()
    speed.timed(measured, "true", home=tmp_path)
    assert (len(measured.seconds), measured.median) == (1, measured.seconds[0])
    with pytest.raises(RuntimeError, match="false failed"):
        speed.timed(measured, "false", home=tmp_path)


def test_reading_is_measured(tmp_path: Path) -> None:
    target = tmp_path / "landing" / "attendance" / files.MONTH
    target.mkdir(parents=True)
    files.write_sheets(target, 2)
    assert files.measure(tmp_path).startswith("240 | 2 |")
