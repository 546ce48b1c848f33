"""`make attack`: what a linear program works out of everything that wide circles get, about cells that are left out.

The attacker has `dashboards.duckdb`, and knows beside it how many people each group has. Each cell that is left out is a number between
the least and the most that its people allow; every published sum over cells, whatever its table, is an equation. A cell is narrowed
where its interval has shrunk, recovered where it is known to ±1 person or point. Which cells a sum holds is told by its own count of people.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
from scipy.optimize import linprog
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components
from scipy.stats import t

from warehouse.database import connect
from warehouse.store import Store

SLACK = 1e-4
"""Published numbers are rounded to six decimals, and sums of them are made of hundreds."""
T_OF_TWO = float(t.ppf(0.975, 1))
"""How many half differences of two numbers the 95 % interval of their mean reaches to each side."""
KNOWN_TO = 1.0
"""People, or points of a mean, to which a cell that was open further is recovered."""


@dataclass
class Guess:
    """One measure: cells with what is known of each, and sums over them."""

    name: str
    cells: pd.DataFrame
    """Cell → `people`, `value` (empty where left out), `least` and `most`, all of the sum over its people."""
    sums: list[tuple[pd.Series, float]] = field(default_factory=list)
    """Cell → weight, and the published sum."""

    def add(self, groups: pd.Series, published: pd.DataFrame, *, n: str, total: str) -> None:
        """Sums over the cells of each group (cell → group): `total` of whom `n` are counted. A sum that counts as many people as the cells
        that are told tells of no other; one that counts all, of all."""
        for group, row in published.set_index(groups.name).iterrows():
            self._add(groups.reindex(self.cells.index) == group, row[n], row[total])

    def add_months(self, version: pd.Series, ended: pd.Series, *, n: str, total: str, history: pd.DataFrame) -> None:
        """Sums over the cells of a version (cell → version) that had ended (cell → day) by the end of each month of `scorecard_history`."""
        ended = pd.to_datetime(ended)
        for row in history.to_dict("records"):
            self._add((version == row["version"]) & (ended <= row["counted_to"]), row[n], row[total])

    def _add(self, is_own: pd.Series, n: float, total: float) -> None:
        own = self.cells[is_own.to_numpy()]
        if pd.notna(total) and own["value"].isna().any() and own["people"].sum() == n:
            self.sums.append((pd.Series(1.0, own.index), float(total)))

    def narrowed(self) -> pd.DataFrame:
        """The cells that are left out: the interval that remains (`low`, `high`) and the one they had (`least`, `most`)."""
        hidden = self.cells[self.cells["value"].isna() & (self.cells["people"] > 0)].copy()
        place = {cell: at for at, cell in enumerate(hidden.index)}
        rows, right = [], []
        for weights, total in self.sums:
            known = self.cells["value"].reindex(weights.index)
            row = {place[cell]: weight for cell, weight in weights.items() if cell in place}
            if row:
                rows.append(row)
                right.append(total - float((known * weights).sum()))
        hidden["low"], hidden["high"] = hidden["least"], hidden["most"]
        if not rows:
            return hidden[hidden["is_asked"]]
        at = [(i, j, weight) for i, row in enumerate(rows) for j, weight in row.items()]
        matrix = csr_array(
            ([w for *_, w in at], ([i for i, *_ in at], [j for _, j, _ in at])), (len(rows), len(hidden))
        )
        _, part = connected_components(matrix.T @ matrix, directed=False)
        bounds, totals = hidden[["least", "most"]].to_numpy(dtype=float), np.array(right)
        for number in np.unique(part):
            columns = np.flatnonzero(part == number)
            own = matrix[:, columns]
            asked = np.flatnonzero(np.diff(own.tocsr().indptr))
            if not len(asked):
                continue
            system = np.vstack([own[asked].toarray(), -own[asked].toarray()])
            limits = np.concatenate([totals[asked] + SLACK, SLACK - totals[asked]])
            for nth, column in enumerate(columns):
                ends = []
                for sign in (1, -1):
                    goal = np.zeros(len(columns))
                    goal[nth] = sign
                    answer = linprog(goal, A_ub=system, b_ub=limits, bounds=bounds[columns])
                    ends.append(sign * answer.fun if answer.success else np.nan)
                hidden.iloc[column, [hidden.columns.get_loc("low"), hidden.columns.get_loc("high")]] = ends
        return hidden[hidden["is_asked"]]


def attack(published: duckdb.DuckDBPyConnection, sizes: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Measure → cells left out, narrowed and recovered. `sizes` is what the attacker knows beside (`known_beside`)."""
    found = []
    for guess in guesses(published, sizes):
        cells = guess.narrowed()
        before, after = cells["most"] - cells["least"], cells["high"] - cells["low"]
        found.append(
            {
                "measure": guess.name,
                "cells": len(guess.cells),
                "hidden": len(cells),
                "sums": len(guess.sums),
                "narrowed": int((after < before - 2 * SLACK * 10).sum()),
                "recovered": int(
                    ((after <= 2 * KNOWN_TO * cells["unit"]) & (before > 2 * KNOWN_TO * cells["unit"])).sum()
                ),
            }
        )
    return pd.DataFrame(found)


def _cells(
    rows: pd.DataFrame, people: pd.Series, value: pd.Series, least: float, most: float, unit: bool
) -> pd.DataFrame:
    """Cells of sums: each person lends between `least` and `most`; the unit is a person, or a point of the mean."""
    n = people.astype(float).fillna(0)
    return pd.DataFrame(
        {
            "people": n,
            "value": value.astype(float),
            "least": least * n,
            "most": most * n,
            "unit": 1.0 if unit else n,
            "is_asked": True,
        },
        index=rows.index,
    )


def guesses(con: duckdb.DuckDBPyConnection, sizes: Mapping[str, pd.DataFrame]) -> Iterator[Guess]:
    """Everything that is summed up in more than one table."""

    def read(query: str) -> pd.DataFrame:
        return con.sql(query).df()

    reaction = read("select *, n_respondents * index_0_100 as points from marts.reaction where not is_repeated")
    version = (reaction["program_code"] + ":" + reaction["curriculum_version"]).rename("version")
    judged = reaction["aspect"].where(reaction["is_whole_class"])
    evidence = read(
        "select e.flag_id, e.class_id, f.aspect, f.instructor_id from marts.curriculum_flag_evidence as e "
        "inner join marts.curriculum_flag as f using (flag_id) where f.rule = 'KEPUASAN'"
    )
    flag = reaction.reset_index().merge(evidence, on=["class_id", "aspect", "instructor_id"], how="left")
    flag = flag.drop_duplicates("index").set_index("index")["flag_id"]
    history = read(
        "select *, program_code || ':' || curriculum_version as version, n_judged * index_0_100 as points from marts.scorecard_history"
    )
    for name, column, mean in (("dissatisfied respondents", "n_dissatisfied", False), ("satisfaction", "points", True)):
        guess = Guess(
            name, _cells(reaction, reaction["n_respondents"], reaction[column], 0, 100 if mean else 1, not mean)
        )
        index = "n_judged * index_0_100 as points" if mean else "n_dissatisfied"
        guess.add(
            version.where(judged == "OVERALL"),
            read(f"select program_code || ':' || curriculum_version as version, n_judged, {index} from marts.program_scorecard"),
            n="n_judged", total=column,
        )  # fmt: skip
        is_judged = judged == "OVERALL"
        guess.add_months(
            version.where(is_judged), reaction["class_ended_on"], n="n_judged", total=column, history=history
        )
        index = "n_respondents * index_0_100 as points" if mean else "n_dissatisfied"
        guess.add(
            reaction["instructor_id"].where(~reaction["is_whole_class"]),
            read(f"select instructor_id, n_respondents, {index} from marts.instructor_scorecard"),
            n="n_respondents", total=column,
        )  # fmt: skip
        index = "n_observed * index_0_100 as points" if mean else "n_unfavourable as n_dissatisfied"
        guess.add(
            flag, read(f"select flag_id, n_observed, {index} from marts.curriculum_flag"), n="n_observed", total=column
        )
        if not mean:
            guess.add(
                (reaction["method"].fillna("unknown") + ":" + judged).rename("form"),
                read("select method || ':' || aspect as form, n_respondents, n_dissatisfied from marts.method_comparison"),
                n="n_respondents", total=column,
            )  # fmt: skip
        yield guess

    lists = read("select *, n_withdrawn as n_left from marts.class_participants")
    version = (lists["program_code"] + ":" + lists["curriculum_version"]).rename("version")
    programs = read("select *, program_code || ':' || curriculum_version as version from marts.program_scorecard")
    for name, column, people in (
        ("people who finished", "n_completed", "n_enrolled"),
        ("people who passed", "n_passed", "n_enrolled_examined"),
        ("people who were expected", "n_expected", "n_enrolled"),
    ):
        guess = Guess(name, _cells(lists, lists["n_enrolled"], lists[column], 0, 1, True))
        guess.add(version, programs, n=people, total=column)
        guess.add_months(version, lists["class_ended_on"], n=people, total=column, history=history)
        yield guess
    rates = read(
        "select n_expected, response_rate, n_respondents, class_id from marts.reaction where is_whole_class and n_expected is not null"
    )
    guess = Guess("people who withdrew", _cells(lists, lists["n_enrolled"], lists["n_withdrawn"], 0, 1, True))
    expected = rates.groupby("class_id")["n_expected"].first()
    for cell, row in lists.iterrows():
        if row["class_id"] in expected and pd.isna(row["n_withdrawn"]):
            guess.sums.append((pd.Series(1.0, [cell]), float(row["n_enrolled"] - expected[row["class_id"]])))
    yield guess
    known = lists["class_id"].map(sizes["listed"].set_index("class_id")["n"])
    guess = Guess("presence", _cells(lists, known, lists["n_sessions_attended"], 0, 1, True))
    guess.add(version, programs, n="n_sessions_known", total="n_sessions_attended")
    guess.add_months(
        version, lists["class_ended_on"], n="n_sessions_known", total="n_sessions_attended", history=history
    )
    yield guess

    tests = read("select *, pre_mean * n_pairs as pre, post_mean * n_pairs as post from marts.learning_gain")
    version = (tests["program_code"] + ":" + tests["curriculum_version"]).rename("version")
    for kind in ("pre", "post"):
        guess = Guess(f"tests ({kind})", _cells(tests, tests["n_pairs"], tests[kind], 0, 100, False))
        programs[kind] = programs[f"{kind}_mean"] * programs["n_pairs"]
        guess.add(version, programs, n="n_pairs", total=kind)
        history[kind] = history[f"{kind}_mean"] * history["n_pairs"]
        guess.add_months(version, tests["class_ended_on"], n="n_pairs", total=kind, history=history)
        yield guess

    attendance = read(
        "select *, program_code || ':' || curriculum_version || ':KEHADIRAN' as flag_id from marts.class_attendance"
    )
    guess = Guess(
        "people rarely present",
        _cells(attendance, attendance["n_presence_known"], attendance["n_rarely_present"], 0, 1, True),
    )
    guess.add(attendance["flag_id"], read("select flag_id, n_observed, n_unfavourable from marts.curriculum_flag"), n="n_observed", total="n_unfavourable")  # fmt: skip
    yield guess

    yield _behaviour(con, sizes["observed"])


def _behaviour(con: duckdb.DuckDBPyConnection, observed: pd.DataFrame) -> Guess:
    """Changes seen by supervisors and peers: the program's, and of forms of delivery with one or two classes their own."""
    cells = observed.set_index("class_id")
    guess = Guess("behaviour", _cells(cells, cells["n"], pd.Series(np.nan, cells.index), -100, 100, False))
    programs = con.sql(
        "select program_code, sum(n_pairs) as n, sum(n_pairs * change) as total, bool_or(is_suppressed) as is_suppressed "
        "from marts.behaviour_change where observer_role in ('supervisor', 'peer') and n_pairs > 0 group by 1"
    ).df()
    for row in programs.itertuples():
        own = cells[cells["program_code"] == row.program_code]
        if not row.is_suppressed and own["n"].sum() == row.n:
            guess.sums.append((pd.Series(1.0, own.index), float(row.total)))
    forms = con.sql("select * from marts.method_outcome where measure = 'behaviour' and mean is not null").df()
    least = con.sql("select value from ops.policy where policy = 'minimum_cell_size'").fetchall()[0][0]
    large = cells["n_people"] >= least
    for _, own in cells.groupby("program_code"):
        # The rule is no secret: where few are left out, the smallest of the others is, too.
        if 0 < own.loc[own["n_people"] < least, "n_people"].sum() < least:
            large[own[own["n_people"] >= least].sort_values("n_people").index[:1]] = False
    for row in forms.itertuples():
        told = cells[(cells["method"] == row.method) & large]
        if row.n_classes != len(told):
            continue
        guess.sums.append((1 / told["n"], float(row.mean * len(told))))
        if len(told) == 2:
            # The interval of two gives both, if in either order: the attacker is lucky.
            half = abs(row.mean_high - row.mean_low) / 2 / T_OF_TWO
            order = (told["true"] / told["n"]).rank().to_numpy()
            for cell, nth in zip(told.index, order, strict=True):
                value = row.mean + (half if nth == 2 else -half)
                guess.sums.append((pd.Series(1 / told.loc[cell, "n"], [cell]), float(value)))
    # No class is told by itself; of large ones it would be no secret.
    guess.cells["is_asked"] = cells["n_people"] < least
    return guess


def known_beside(build: duckdb.DuckDBPyConnection) -> dict[str, pd.DataFrame]:
    """What an insider knows of groups without any number of theirs: who was observed, and who was on a list, in which class."""
    observed = build.sql(
        """
        with people as (
            select class_key, employee_id, observer_role,
                100 * (avg(case when phase = 'after' then score_share end) - avg(case when phase = 'before' then score_share end)) as change
            from core.fact_observation where score_share is not null and observer_role in ('supervisor', 'peer') group by all
        )
        select c.class_id, c.program_code, coalesce(c.method, 'unknown') as method, count(*) as n,
            count(distinct p.employee_id) as n_people, sum(p.change) as true
        from people as p inner join core.dim_class as c using (class_key)
        where p.change is not null and c.class_key <> 'unknown' group by all order by all
        """
    ).df()
    listed = build.sql(
        "select class_id, sum(n_sessions_known) as n from core.fact_enrolment group by all order by all"
    ).df()
    return {"observed": observed, "listed": listed}


def main(home: Path) -> int:
    """Attack the published version of a data root; prints a table, and ends with 1 where a cell was recovered."""
    store = Store(home.absolute())
    with (
        connect((store.current / "dashboards.duckdb").resolve(), read_only=True) as published,
        connect(store.build, read_only=True) as build,
    ):
        found = attack(published, known_beside(build))
    print(found.to_string(index=False))
    return int(found["recovered"].sum() > 0)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
