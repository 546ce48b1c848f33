"""Gains, changes, comparisons and flags, computed a second time in plain pandas from their definitions.

Words (verdict, action, reason) are rules of their own in `test_marts.py`; every number and code is compared here.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from math import exp, lgamma, sqrt

import numpy as np
import pandas as pd
import pytest
from scipy.special import ndtr, stdtr, stdtrit

from . import lasting
from .conftest import MINIMUM_CELL, Tables, assert_same, leave_out, shown, with_names
from .test_scores import as_of, classes, in_force, observed_months, policy, wilson

VERSION = ["program_code", "curriculum_version"]
WORDS = {"verdict", "verdict_code", "action", "action_code", "reason"}
CLASS_DIGITS = 6
"""Decimals to which `method_outcome` rounds the value of a class."""
DRAWN = {"p_permutation", "p_wild"}
"""Columns that come of random draws."""
MONTE_CARLO = 0.08
"""Five standard errors of a permutation p-value of 1,999 draws near one half."""


def t_interval(values: pd.Series) -> tuple[float, float]:
    """Student's 95 % interval of a mean; unknown below two values."""
    n = len(values)
    if n < 2:
        return np.nan, np.nan
    half = stdtrit(n - 1, 0.975) * values.std() / sqrt(n)
    return values.mean() - half, values.mean() + half


def two_sided(t: float, df: float) -> float:
    """Two-sided p-value of Student's t."""
    return float(2 * stdtr(df, -abs(t)))


def one_row_per_person(rows: pd.DataFrame, by: list[str], kind: str, kinds: list[str], value: str) -> pd.DataFrame:
    """The mean of each person and kind, the kinds side by side."""
    known = rows[rows[kind].isin(kinds) & rows[value].notna() & (rows["class_key"] != "unknown")]
    return known.pivot_table(index=by, columns=kind, values=value).reindex(columns=kinds).reset_index()


def one_row_per_tested(tests: pd.DataFrame) -> pd.DataFrame:
    """The mean of each person before and after over the tests that they took on both sides, which are all in one where none of the class is
    called alike on both; and the sides tested at all."""
    keys = ["class_key", "class_id", "employee_id"]
    tests = tests[tests["kind"].isin(["pre", "post"]) & tests["score_pct"].notna()]
    tests = tests.assign(code=tests["assessment_code"].fillna("").str.lower())
    n_sides = tests.groupby(["class_key", "code"])["kind"].nunique().groupby("class_key").max()
    tests["code"] = tests["code"].where(tests["class_key"].map(n_sides) == 2, "")
    subjects = one_row_per_person(tests, [*keys, "code"], "kind", ["pre", "post"], "score_pct")
    sides = subjects.groupby(keys)[["pre", "post"]].count().gt(0).add_prefix("has_")
    return sides.join(subjects.dropna(subset=["pre", "post"]).groupby(keys)[["pre", "post"]].mean()).reset_index()


def learning_gain(tables: Tables) -> pd.DataFrame:
    """Level 2 of every class."""
    people = one_row_per_tested(tables["core.fact_assessment"])
    people = people.drop(columns="class_id").merge(classes(tables)[["class_key", "class_id", *VERSION]], on="class_key")
    found = []
    for key, part in people.groupby(["class_id", *VERSION]):
        pairs = part.dropna(subset=["pre", "post"])
        pre, post, n = pairs["pre"], pairs["post"], len(pairs)
        below = pairs[pre < 100]
        gains = (below["post"] - below["pre"]) / (100 - below["pre"])
        row = dict(zip(["class_id", *VERSION], key, strict=True)) | {
            "n_pre": part["has_pre"].sum(),
            "n_post": part["has_post"].sum(),
            "n_pairs": n,
            "attrition": (part["has_pre"].sum() - n) / part["has_pre"].sum() if part["has_post"].any() else np.nan,
            "pre_mean": pre.mean(),
            "post_mean": post.mean(),
            "pre_sd": pre.std(),
            "post_sd": post.std(),
            "gain_class": (post.mean() - pre.mean()) / (100 - pre.mean()),
            "gain_individual_mean": gains.mean(),
            "n_gain_defined": len(gains),
            "is_at_ceiling": any(0 < (side < 100).sum() < MINIMUM_CELL for side in (pre, post)),
        }
        sd = sqrt((pre.var() + post.var()) / 2)
        d, j = (post.mean() - pre.mean()) / sd, 1 - 3 / (4 * (n - 1) - 1)
        r = pre.corr(post)
        half = stdtrit(n - 1, 0.975) * j * sqrt((1 - r) * 2 / n + d**2 * (1 + r**2) / (4 * (n - 1)))
        found.append(row | {"hedges_g": j * d, "g_low": j * d - half, "g_high": j * d + half})
    frame = pd.DataFrame(found)
    limits = [-np.inf, 0.3, 0.7, np.inf]
    frame["gain_band"] = pd.cut(frame["gain_class"], limits, right=False, labels=["rendah", "sedang", "tinggi"])
    tests = [*["pre_mean", "post_mean", "pre_sd", "post_sd", "gain_class", "gain_individual_mean", "n_gain_defined"],
             "gain_band", "hedges_g", "g_low", "g_high"]  # fmt: skip
    return leave_out(frame.astype({"gain_band": object}), frame["n_pairs"].where(~frame["is_at_ceiling"], 1), tests)


def by_rater(change: pd.Series, rater: pd.Series) -> tuple[float, float, float]:
    """Interval and p-value of a mean by CR2 with Satterthwaite's degrees of freedom, from the full matrices."""
    names, n = sorted(rater.unique()), len(change)
    if len(names) < 2:
        return np.nan, np.nan, np.nan
    left = np.eye(n) - 1 / n
    rows = []
    for name in names:
        own = (rater == name).to_numpy(dtype=float)
        rows.append(own @ left / n / sqrt(1 - own.sum() / n))
    weights = np.array(rows)
    variance = float(((weights @ change.to_numpy()) ** 2).sum())
    omega = weights @ weights.T
    df = np.trace(omega) ** 2 / (omega**2).sum()
    half = float(stdtrit(df, 0.975)) * sqrt(variance)
    return change.mean() - half, change.mean() + half, two_sided(change.mean() / sqrt(variance), df)


def one_row_per_observed(rows: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """The mean of each person and phase over the aspects that were observed in both, the phases side by side; and the sides observed at all."""
    aspects = one_row_per_person(rows, [*by, "aspect"], "phase", ["before", "after"], "score_share")
    sides = aspects.groupby(by)[["before", "after"]].count().gt(0).add_prefix("has_")
    return sides.join(aspects.dropna(subset=["before", "after"]).groupby(by)[["before", "after"]].mean()).reset_index()


def behaviour_change(tables: Tables) -> pd.DataFrame:
    """Level 3 as observed, of the same aspects of the same people before and after."""
    keys = ["class_key", "employee_id", "observer_role"]
    people = one_row_per_observed(tables["core.fact_observation"], keys)
    people[["before", "after"]] = (100 * people[["before", "after"]]).round(9)
    people = people.merge(classes(tables)[["class_key", "program_code"]], on="class_key")
    seen = tables["core.fact_observation"].merge(
        tables["core.dim_employee"][["employee_key", "unit_code"]], on="employee_key", how="left"
    )
    seen = seen[(seen["phase"] == "after") & seen["score_share"].notna() & (seen["class_key"] != "unknown")]
    of_unit = ("unit " + seen["unit_code"]).where(seen["observer_role"] == "supervisor")
    seen["rater"] = ("NIP " + seen["observer_id"].astype("string")).fillna(of_unit).fillna(seen["employee_id"])
    seen["reach"] = seen.groupby(["observer_role", "rater"])["employee_id"].transform("nunique")
    chosen = seen.sort_values(["reach", "rater"], ascending=[False, True]).groupby(keys)["rater"].first().reset_index()
    people = people.merge(chosen, on=keys, how="left")
    people["rater"] = people["rater"].fillna(people["employee_id"])
    found = []
    for (program, role), part in people.groupby(["program_code", "observer_role"]):
        pairs = part.dropna(subset=["before", "after"])
        change = pairs["after"] - pairs["before"]
        low, high, p_value = by_rater(change, pairs["rater"])
        found.append(
            {
                "program_code": program,
                "observer_role": role,
                "n_before": part["has_before"].sum(),
                "n_after": part["has_after"].sum(),
                "n_pairs": len(pairs),
                "before_mean": pairs["before"].mean(),
                "after_mean": pairs["after"].mean(),
                "change": change.mean(),
                "change_low": low,
                "change_high": high,
                "p_value": p_value,
                "n_raters": pairs["rater"].nunique(),
                "n_improved": (change > 0).sum(),
                "n_worsened": (change < 0).sum(),
                "improved_share": (change > 0).mean(),
                "claim": "change",
            }
        )
    frame = pd.DataFrame(found)
    scores = ["before_mean", "after_mean", "change", "change_low", "change_high", "p_value", "n_improved", "n_worsened"]
    return leave_out(frame, frame["n_pairs"], [*scores, "improved_share"])


RANKS = {"sangat_baik": 5, "baik": 4, "butuh_perbaikan": 3, "kurang": 2, "sangat_kurang": 1}


def measured(tables: Tables) -> pd.DataFrame:
    """One row per person, period and outcome, with the value of the period before of the same regime and length."""
    ratings = (
        tables["core.fact_performance"]
        .query("period_end <= @day", local_dict={"day": as_of(tables)})
        .merge(tables["core.dim_unit"][["unit_key", "unit_code"]], on="unit_key", how="left")
        .merge(
            tables["core.dim_employee"][["employee_key", "position_group", "unit_code"]], on="employee_key", how="left",
            suffixes=("", "_of_person"),
        )
    )  # fmt: skip
    ratings["unit_code"] = (
        ratings["unit_code"].where(ratings["unit_code"] != "unknown").fillna(ratings["unit_code_of_person"])
    )
    start, end = ratings["period_start"].dt, ratings["period_end"].dt
    ratings["span"] = (end.year - start.year) * 12 + end.month - start.month
    ratings["predicate_rank"] = ratings["predicate"].map(RANKS)
    ratings[["unit_code", "position_group"]] = ratings[["unit_code", "position_group"]].fillna("unknown")
    keys = ["employee_id", "regime", "span", "period_start", "period_end", "unit_code", "position_group"]
    outcomes = ["numeric_score", "predicate_rank"]
    found = ratings.melt(keys, outcomes, var_name="outcome", value_name="value").dropna(subset="value")
    found = found.sort_values(["period_end", "period_start"])
    series = found.groupby(["outcome", "employee_id", "regime", "span"])
    found["prior"], found["prior_end"] = series["value"].shift(), series["period_end"].shift()
    return found


def lotteries(tables: Tables) -> pd.DataFrame:
    """Classes whose places were drawn, and whose losers are known."""
    losers = tables["core.fact_applicant"].query("status == 'not_drawn'")
    found = classes(tables)[["class_id", "program_code", "assignment", "start_date", "ended"]]
    found = found[found["class_id"].isin(losers["class_id"]) & (found["assignment"] == "randomised")]
    return found[found["start_date"].notna() & (found["ended"] <= as_of(tables))]


def lots(tables: Tables) -> dict[tuple[str, str], pd.DataFrame]:
    """Program and outcome: everybody who was drawn, with the ratings before and after of their class's two periods."""
    drawn = [
        tables[f"core.{fact}"].query(which).assign(trained=trained)[["class_id", "employee_id", "trained"]]
        for fact, which, trained in (
            ("fact_enrolment", "status != ''", 1),
            ("fact_applicant", "status == 'not_drawn'", 0),
        )
    ]
    everybody = pd.concat(drawn).merge(lotteries(tables), on="class_id").sort_values(["start_date", "class_id"])
    everybody = everybody.drop_duplicates(["program_code", "employee_id"])
    scores, found = measured(tables), {}
    for (program, class_id), own in everybody.groupby(["program_code", "class_id"]):
        start, end = own["start_date"].iloc[0], own["ended"].iloc[0]
        for outcome, rated in scores.merge(own[["employee_id"]]).groupby("outcome"):
            before, after = rated[rated["period_end"] < start], rated[rated["period_start"] > end]
            if before.empty or after.empty:
                continue
            kinds = [
                kind
                for kind in before.groupby(["regime", "span"]).groups
                if kind in after.groupby(["regime", "span"]).groups
            ]
            assert len(kinds) == 1, "the city has one regime"
            pre = before[before["period_end"] == before["period_end"].max()]
            post = after[after["period_start"] == after["period_start"].min()]
            pre = pre.rename(columns={"value": "pre"})[["employee_id", "pre", "prior", "prior_end", "unit_code"]]
            rows = own.merge(pre, how="left").merge(
                post.rename(columns={"value": "post"})[["employee_id", "post"]], how="left"
            )
            found.setdefault((program, outcome), []).append(rows.assign(stratum=class_id))
    return {key: pd.concat(parts) for key, parts in found.items()}


def trained_people(tables: Tables) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Everyone's classes that had ended, and the first of each program."""
    enrolled = tables["core.fact_enrolment"].query("status in ['completed', 'registered']")
    enrolled = enrolled[enrolled["is_attended"].astype("boolean").fillna(True)]
    columns = ["class_key", "class_id", "program_code", "assignment", "start_date", "ended"]
    taken = enrolled.drop(columns=["class_id", "program_code"], errors="ignore").merge(classes(tables)[columns])
    taken = taken[taken["start_date"].notna() & (taken["ended"] <= as_of(tables))]
    taken = taken.assign(design=taken["assignment"].fillna("unknown")).sort_values(["start_date", "class_id"])
    taken.loc[taken["class_id"].isin(lotteries(tables)["class_id"]), "design"] = "lottery"
    return taken, taken.drop_duplicates(["program_code", "employee_id"])


WINDOW = ["outcome", "regime", "span", "pre_start", "pre_end", "post_start", "post_end"]
STRATUM = [*WINDOW, "unit_code", "position_group"]


def two_periods(scores: pd.DataFrame) -> pd.DataFrame:
    """Every ordered pair of periods of one person, outcome, regime and length."""
    before = scores.rename(columns={"period_start": "pre_start", "period_end": "pre_end", "value": "pre"})
    after = scores.rename(columns={"period_start": "post_start", "period_end": "post_end", "value": "post"})
    after = after[["employee_id", "outcome", "regime", "span", "post_start", "post_end", "post"]]
    pairs = before.merge(after, on=["employee_id", "outcome", "regime", "span"])
    return pairs[pairs["post_start"] > pairs["pre_end"]]


def comparison(tables: Tables) -> dict[tuple[str, str, str], pd.DataFrame]:
    """Program, outcome and design: the trained with their two periods, and their colleagues."""
    taken, first = trained_people(tables)
    pairs = two_periods(measured(tables))
    by_window = dict(iter(pairs.groupby(WINDOW)))
    around = first[["program_code", "design", "employee_id", "start_date", "ended"]].merge(pairs, on="employee_id")
    around = around[around["design"] != "lottery"]
    around = around[(around["pre_end"] < around["start_date"]) & (around["post_start"] > around["ended"])]
    around = around.sort_values(["pre_end", "span", "regime", "post_start"], ascending=[False, True, True, True])
    trained = around.drop_duplicates(["program_code", "employee_id", "outcome"])
    enrolled = tables["core.fact_enrolment"][["class_key", "employee_id"]]
    enrolled = enrolled.merge(classes(tables)[["class_key", "program_code"]])
    found = {}
    for (program, outcome, design), own in trained.groupby(["program_code", "outcome", "design"]):
        in_program = enrolled[enrolled["program_code"] == program]
        others = []
        for window, cell in own.groupby(WINDOW):
            same = by_window[window]
            same = same[~same["employee_id"].isin(in_program["employee_id"])]
            same = same.merge(cell[["unit_code", "position_group"]].drop_duplicates()).query("unit_code != 'unknown'")
            start, end = window[WINDOW.index("pre_start")], window[WINDOW.index("post_end")]
            busy = taken[(taken["start_date"] <= end) & (taken["ended"] >= start)]["employee_id"]
            others.append(same[~same["employee_id"].isin(busy)])
        elsewhere = own.merge(
            taken[["employee_id", "program_code", "start_date", "ended"]], on="employee_id", suffixes=("", "_2")
        )
        elsewhere = elsewhere[
            (elsewhere["program_code_2"] != program)
            & (elsewhere["start_date_2"] <= elsewhere["post_end"])
            & (elsewhere["ended_2"] >= elsewhere["pre_start"])
        ]
        own = own.assign(cotrained=own["employee_id"].isin(elsewhere["employee_id"]))
        people = pd.concat([own.assign(trained=1), *(other.assign(trained=0) for other in others)], ignore_index=True)
        found[str(program), str(outcome), str(design)] = people.assign(
            stratum=people.groupby(STRATUM).ngroup(),
            prior_stratum=people.groupby([*STRATUM, "prior_end"], dropna=False).ngroup(),
        )
    return found


def with_both(people: pd.DataFrame, stratum: str) -> pd.DataFrame:
    """The people of the strata in which some were trained and some were not."""
    share = people.groupby(stratum)["trained"].transform("mean")
    return people[(share > 0) & (share < 1)]


def estimate(people: pd.DataFrame, stratum: str, change: pd.Series, clusters: float, lot: bool) -> dict[str, object]:
    """OLS of the change on being trained and one dummy per stratum, written out with the whole design matrix."""
    dummies = pd.get_dummies(people[stratum]).to_numpy(dtype=float)
    design = np.column_stack([people["trained"].to_numpy(dtype=float), dummies])
    inverse = np.linalg.pinv(design.T @ design)
    coefficients = inverse @ design.T @ change.to_numpy()
    residual = change.to_numpy() - design @ coefficients
    n, k = design.shape
    influence = (design @ inverse)[:, 0]
    n_units, n_people = people["unit_code"].nunique(), people["employee_id"].nunique()

    def clustered(by: str) -> float:
        sums = pd.Series(influence * residual).groupby(people[by].to_numpy()).sum()
        return float(np.sqrt(len(sums) / (len(sums) - 1) * (sums**2).sum()))

    if n_units >= clusters:
        by_unit, by_person = clustered("unit_code"), clustered("employee_id")
        kind = "cluster_unit" if by_unit >= by_person else "cluster_person"
        se, df = max(by_unit, by_person), n_units - 1
    elif n_people < n:
        kind, se, df = "cluster_person", clustered("employee_id"), n_people - 1
    elif lot and n_units == 1:
        kind, df = "classical", n - k
        se = float(np.sqrt(residual @ residual / df * inverse[0, 0]))
    else:
        leverage = np.einsum("ij,jk,ik->i", design, inverse, design)
        kind, df = "HC3", n - k
        se = float(np.sqrt(np.sum((influence * residual / (1 - leverage)) ** 2)))
    effect = float(coefficients[0])
    if not lot and 1 < n_units < clusters:
        # The effect is a mean of the units' own, each by how much it tells.
        x = people["trained"] - people.groupby(stratum)["trained"].transform("mean")
        by_unit = pd.DataFrame({"n": x * x, "total": x * change}).groupby(people["unit_code"].to_numpy()).sum()
        w = (by_unit["n"] / by_unit["n"].sum()).to_numpy()
        own = (by_unit["total"] / by_unit["n"]).to_numpy()
        spread = np.diag(w) - np.outer(w, w)
        scaled = np.sqrt(np.outer(1 / (1 - w), 1 / (1 - w))) * spread
        of_units = (
            float(np.sqrt(np.sum((w * (own - effect)) ** 2 / (1 - w)))),
            np.trace(scaled) ** 2 / np.sum(scaled**2),
        )
        if stdtrit(of_units[1], 0.975) * of_units[0] > stdtrit(df, 0.975) * se:
            kind, (se, df) = "cluster_unit", of_units
    half = stdtrit(df, 0.975) * se
    low, high = effect - half, effect + half
    return {"effect": effect, "se": se, "se_kind": kind, "ci_low": low, "ci_high": high,
            "p_value": two_sided(effect / se, df)}  # fmt: skip


def permuted(people: pd.DataFrame, change: pd.Series) -> float:
    """How often as large an effect comes of drawing the trained of each stratum anew."""
    y = change - change.groupby(people["stratum"]).transform("mean")
    x = people["trained"] - people.groupby("stratum")["trained"].transform("mean")
    rng, observed, as_large = np.random.default_rng(7), abs(float((x * y).sum())), 0
    places = [np.flatnonzero(people["stratum"] == stratum) for stratum in people["stratum"].unique()]
    values, drawn = y.to_numpy(), x.to_numpy(copy=True)
    for _ in range(1_000):
        for place in places:
            drawn[place] = rng.permutation(drawn[place])
        as_large += abs(float(drawn @ values)) >= observed * (1 - 1e-12)
    return as_large / 1_000


def wild(people: pd.DataFrame, change: pd.Series) -> float:
    """How often as large a t comes of changing the signs of whole units."""
    y = change - change.groupby(people["stratum"]).transform("mean")
    x = people["trained"] - people.groupby("stratum")["trained"].transform("mean")
    unit = people["unit_code"]

    scores, weights = (x * y).groupby(unit).sum().to_numpy(), (x * x).groupby(unit).sum().to_numpy()

    def t(signs: np.ndarray) -> float:
        effect = signs @ scores / weights.sum()
        return float(abs(effect) / sqrt(((signs * scores - effect * weights) ** 2).sum()))

    n = len(scores)
    observed = t(np.ones(n)) * (1 - 1e-9)
    if n <= 10:
        draws = [np.array(signs) for signs in product([-1.0, 1.0], repeat=n)]
    else:
        rng = np.random.default_rng(7)
        draws = [rng.choice([-1.0, 1.0], n) for _ in range(2_000)]
    return float(np.mean([t(signs) >= observed for signs in draws]))


def unfair(tables: Tables, row: dict[str, float]) -> str | None:
    """Why a comparison is none of an effect: its grade."""
    limits = limits_of(tables)
    if row["n_trained"] < limits["effect_minimum_trained"]:
        return "tidak_dapat_disimpulkan"
    alike = abs(row["baseline_smd"]) < limits["effect_baseline_smd"]
    if row["design"] == "lottery":
        assert max(row["attrition"], 2 * abs(row["attrition_difference"])) < 0.2, "within the boundary everywhere"
        return None if alike else "perubahan"
    if (
        row["design"] not in ("randomised", "nominated")
        or not alike
        or row["pretrend_p_value"] < limits["effect_pretrend_p"]
    ):
        return "perubahan"
    known = row["n_units"] >= limits["effect_minimum_units"] and not np.isnan(row["pretrend_p_value"])
    return None if known else "tidak_dapat_disimpulkan"


def judge(tables: Tables, rows: list[dict[str, object]]) -> None:
    """Claims and grades: of fair comparisons of an outcome the smallest p-value is taken times their number, and so on (Holm)."""
    limits, drawn = (
        limits_of(tables),
        tables["marts.performance_effect"].set_index(["program_code", "outcome", "design"]),
    )
    for row in rows:
        # What comes of draws is compared on its own; what is decided by it is decided by the draws that were published.
        p = drawn.loc[(row["program_code"], row["outcome"], row["design"])]
        few = row["n_units"] < limits["effect_minimum_clusters"]
        row["p"] = max(
            row["p_value"], p["p_permutation"] if row["design"] == "lottery" else p["p_wild"] if few else 0.0
        )
    for outcome in ("numeric_score", "predicate_rank"):
        family = [row for row in rows if row["outcome"] == outcome and unfair(tables, row) is None]
        least = 0.0
        for place, row in enumerate(sorted(family, key=lambda row: row["p"])):
            least = row["p_adjusted"] = max(least, min(1.0, (len(family) - place) * row["p"]))
    for row in rows:
        del row["p"]
        grade = unfair(tables, row)
        row["claim"] = "change" if grade else "effect"
        proven = row.get("p_adjusted", 1.0) <= 0.05
        is_lot = row["design"] == "lottery"
        nearest = row["ci_low"] if row["effect"] > 0 else -row["ci_high"]
        holds = row["breakdown"] >= limits["effect_breakdown"] and nearest > row["unseen"]
        small = max(abs(row["ci_low"]), abs(row["ci_high"])) < row["smallest"]
        knows = is_lot or row["n_units"] >= limits["effect_minimum_clusters"]
        nothing = "tanpa_pengaruh" if not proven and small and knows else "tidak_dapat_disimpulkan"
        row["evidence_grade"] = grade or (
            ("terbukti" if is_lot else "didukung") if proven and (is_lot or holds) else nothing
        )


def compared(tables: Tables, people: pd.DataFrame, earlier: pd.DataFrame, *, lot: bool) -> dict[str, object]:
    """The numbers of a comparison: `people` of strata with both sides, `earlier` the same one period before."""
    clusters = np.inf if lot else policy(tables, "effect_minimum_clusters")
    change = people["post"] - people["pre"]
    own, other = people[people["trained"] == 1], people[people["trained"] == 0]
    trend = {}
    if len(earlier):
        trend = estimate(earlier, "prior_stratum", earlier["pre"] - earlier["prior"], clusters, lot)
    found = estimate(people, "stratum", change, clusters, lot)
    far = max(abs(trend.get("ci_low", np.nan)), abs(trend.get("ci_high", np.nan)))

    def pooled(name: str) -> float:
        return sqrt(((len(own) - 1) * own[name].var() + (len(other) - 1) * other[name].var()) / (len(people) - 2))

    clear, df = 1.959963984540054 + 0.8416212335729143, len(people) - 2
    gain = (own["post"].mean() - own["pre"].mean()) - (other["post"].mean() - other["pre"].mean())
    return {
        "n_trained": len(own),
        "n_control": other["employee_id"].nunique(),
        "n_strata": people["stratum"].nunique(),
        "n_units": people["unit_code"].nunique(),
        "trained_pre_mean": own["pre"].mean(),
        "trained_post_mean": own["post"].mean(),
        "control_pre_mean": other["pre"].mean(),
        "control_post_mean": other["post"].mean(),
        "post_difference": own["post"].mean() - other["post"].mean(),
        **found,
        "hedges_g": (1 - 3 / (4 * df - 1)) * (own["post"].mean() - other["post"].mean()) / pooled("post"),
        "d_ppc2": exp(lgamma(df / 2) - lgamma((df - 1) / 2)) / sqrt(df / 2) * gain / pooled("pre"),
        "smallest": policy(tables, "effect_matters") * pooled("pre"),
        "unseen": policy(tables, "effect_unseen") * pooled("pre"),
        "detectable": clear * found["se"],
        "baseline_smd": (own["pre"].mean() - other["pre"].mean()) / sqrt((own["pre"].var() + other["pre"].var()) / 2),
        "n_trained_prior": int(earlier["trained"].sum()),
        "pretrend": trend.get("effect", np.nan),
        "pretrend_p_value": trend.get("p_value", np.nan),
        "breakdown": max(found["ci_low"], -found["ci_high"], 0.0) / far,
        "n_smallest": min(len(own), other["employee_id"].nunique()),
        "n_smallest_prior": earlier.groupby("trained")["employee_id"].nunique().min() if len(earlier) else np.nan,
        "rule_version": "1",
    }


def uncompared(n_trained: int) -> dict[str, object]:
    """What is known of trained people who have no colleagues to be compared with: how many they are."""
    none = dict.fromkeys(["n_control", "n_strata", "n_units", "n_trained_prior"], 0)
    said = {"claim": "change", "evidence_grade": "tidak_dapat_disimpulkan", "se_kind": "none", "rule_version": "1"}
    return {"n_trained": n_trained, "n_smallest": n_trained, "n_smallest_prior": np.nan, **none, **said}


def performance_effect(tables: Tables) -> pd.DataFrame:
    """Level 3 as rated: the trained against colleagues of the same unit, position group and periods; of lotteries those let in against
    those left out."""
    clusters, found = policy(tables, "effect_minimum_clusters"), []
    for (program, outcome, design), everybody in comparison(tables).items():
        twice = int((everybody["trained"] * everybody["cotrained"].fillna(False)).sum())
        n_paired = int(everybody["trained"].sum())
        everybody = everybody[~everybody["cotrained"].fillna(False).astype(bool)]
        people = with_both(everybody, "stratum")
        about = {
            "program_code": program,
            "outcome": outcome,
            "design": design,
            "n_trained_paired": n_paired,
            "n_cotrained": twice,
        }
        if people.empty:
            found.append(about | uncompared(int(everybody["trained"].sum())))
            continue
        few, change = people["unit_code"].nunique() < clusters, people["post"] - people["pre"]
        found.append(
            about
            | {
                "p_permutation": np.nan,
                "p_wild": wild(people, change) if few and people["unit_code"].nunique() > 1 else np.nan,
                **compared(tables, people, with_both(people.dropna(subset="prior"), "prior_stratum"), lot=False),
            }
        )
    for (program, outcome), drawn in lots(tables).items():
        rated = drawn.dropna(subset=["pre", "post"])
        prior = rated.dropna(subset="prior")
        prior = prior.assign(prior_stratum=prior.groupby(["stratum", "prior_end"]).ngroup())
        people = with_both(rated, "stratum")
        missed = 1 - rated.groupby("trained").size() / drawn.groupby("trained").size()
        found.append(
            {
                "program_code": program,
                "outcome": outcome,
                "design": "lottery",
                "n_trained_paired": int(rated["trained"].sum()),
                "n_cotrained": 0,
                "n_drawn_in": int(drawn["trained"].sum()),
                "n_drawn_out": int((1 - drawn["trained"]).sum()),
                "attrition": 1 - len(rated) / len(drawn),
                "attrition_difference": missed[0] - missed[1],
                "p_permutation": permuted(people, people["post"] - people["pre"]),
                "p_wild": np.nan,
                **compared(tables, people, with_both(prior, "prior_stratum"), lot=True),
            }
        )
    judge(tables, [row for row in found if row["n_control"]])
    frame = pd.DataFrame(found).assign(is_proven=lambda x: x["evidence_grade"].isin(["terbukti", "didukung"]))
    scores = ["trained_pre_mean", "trained_post_mean", "control_pre_mean", "control_post_mean", "post_difference", "effect",
              "se", "ci_low", "ci_high", "p_value", "p_permutation", "p_wild", "p_adjusted", "hedges_g", "d_ppc2", "smallest", "unseen", "detectable", "baseline_smd",
              "attrition", "attrition_difference"]  # fmt: skip
    frame = leave_out(frame, frame["n_smallest"], scores)
    return leave_out(frame, frame["n_smallest_prior"], ["pretrend", "pretrend_p_value", "breakdown"])


def months_after(rows: pd.DataFrame) -> pd.Series:
    """Whole rating periods from the end of the class to that of the period, in months; the first counts as one."""
    end, last, length = rows["ended"].dt, rows["post_end"].dt, rows["span"] + 1
    return (((last.year - end.year) * 12 + last.month - end.month) // length).clip(lower=1) * length


def over_time(tables: Tables) -> pd.DataFrame:
    """Program, design, cohort, horizon, stratum, unit and person: the change since the period before, of the trained and of the others."""
    taken, first = trained_people(tables)
    scores = measured(tables).query("outcome == 'numeric_score'")
    pairs = two_periods(scores)
    around = (
        first[["program_code", "design", "employee_id", "start_date", "ended"]]
        .query("design != 'lottery'")
        .merge(pairs)
    )
    around = around[(around["pre_end"] < around["start_date"]) & (around["post_start"] > around["ended"])]
    base = around.sort_values(["pre_end", "span", "regime"], ascending=[False, True, True])
    base = base.drop_duplicates(["program_code", "employee_id"])[
        ["program_code", "employee_id", "regime", "span", "pre_end"]
    ]
    own = around.merge(base).assign(horizon=lambda rows: months_after(rows)).query("horizon <= 12")

    def busy(rows: pd.DataFrame, *, but: str = "") -> pd.Series:
        """Whether a row's person was in a class between its two periods, other than one of `but`."""
        both = rows.reset_index().merge(
            taken[["employee_id", "program_code", "start_date", "ended"]], on="employee_id", suffixes=("", "_2")
        )
        both = both[
            (both["start_date_2" if but else "start_date"] <= both["post_end"])
            & (both["ended_2" if but else "ended"] >= both["pre_start"])
        ]
        if but:
            both = both[both["program_code_2"] != both[but]]
        return pd.Series(rows.index.isin(both["index"]), rows.index)

    columns = ["program_code", "design", "horizon", *STRATUM]
    own = own[~busy(own, but="program_code")]
    colleagues = (
        around.merge(base)
        .assign(horizon=lambda rows: months_after(rows))
        .query("horizon <= 12")[columns]
        .drop_duplicates()
    )
    colleagues = colleagues.merge(pairs[~busy(pairs)], on=STRATUM).query("unit_code != 'unknown'")
    in_program = tables["core.fact_enrolment"][["class_key", "employee_id"]].merge(
        classes(tables)[["class_key", "program_code"]]
    )
    enrolled = pd.MultiIndex.from_frame(in_program[["program_code", "employee_id"]])
    colleagues = colleagues[~pd.MultiIndex.from_frame(colleagues[["program_code", "employee_id"]]).isin(enrolled)]
    people = pd.concat([own.assign(trained=1), colleagues.assign(trained=0)], ignore_index=True)
    people["stratum"] = people.groupby(columns).ngroup()
    parts = [people]
    for (program, outcome), drawn in lots(tables).items():
        if outcome == "numeric_score":
            rows = drawn.dropna(subset="pre")[["class_id", "employee_id", "trained", "start_date", "ended"]].merge(
                pairs, on="employee_id"
            )
            rows = rows[(rows["pre_end"] < rows["start_date"]) & (rows["post_start"] > rows["ended"])]
            rows = rows[rows["pre_end"] == rows.groupby("class_id")["pre_end"].transform("max")]
            rows = rows.assign(program_code=program, design="lottery", horizon=months_after(rows)).query(
                "horizon <= 12"
            )
            parts.append(rows.assign(stratum=-1 - rows.groupby(["class_id", "horizon", "post_end"]).ngroup()))
    found = pd.concat(parts, ignore_index=True)
    return found.assign(change=found["post"] - found["pre"], cohort=found["pre_end"])


def performance_over_time(tables: Tables) -> pd.DataFrame:
    """Group-time effects and their averages with influence functions written out, as in Callaway and Sant'Anna (2021): those of the cells
    times their weights, and what it does that the weights are shares of people."""
    limits, grades, found = (
        limits_of(tables),
        tables["marts.performance_effect"].query("outcome == 'numeric_score'"),
        [],
    )
    for (program, design), rows in over_time(tables).groupby(["program_code", "design"]):
        rows = with_both(rows, "stratum")
        if rows.empty:
            continue
        [grade] = grades.query("program_code == @program and design == @design").to_dict("records")
        others = rows[rows["trained"] == 0].groupby("stratum")["change"].mean()
        n = rows.groupby(["stratum", "trained"]).size().unstack()
        left = rows["change"] - rows["stratum"].map(others)
        share = rows["stratum"].map(n[1] / n[0])
        rows = rows.assign(gain=left.where(rows["trained"] == 1, -share * left))
        cells = {}
        for key, cell in rows.groupby(["cohort", "horizon"]):
            sides = cell.groupby("trained")["employee_id"].nunique()
            cells[key] = (int(cell["trained"].sum()), sides.min() >= limits["minimum_cell_size"], cell)
        kept = {key: (n, cell) for key, (n, is_large, cell) in cells.items() if is_large}
        for horizon in {horizon for _, horizon in cells}:
            out = sum(n for (_, other), (n, is_large, _) in cells.items() if other == horizon and not is_large)
            if 1 <= out < limits["minimum_cell_size"]:
                same = sorted((n, key) for key, (n, _) in kept.items() if key[1] == horizon)
                for _, key in same[:1]:
                    del kept[key]
        if not kept:
            continue
        att = {key: cell.loc[cell["trained"] == 1, "gain"].mean() for key, (_, cell) in kept.items()}
        psi = {key: (cell["gain"] - att[key] * cell["trained"]) / n for key, (n, cell) in kept.items()}

        def mean(keys: list[tuple[object, object]], att=att, psi=psi, kept=kept) -> tuple[float, pd.Series]:
            """Effect over some cells, by their people, and the influence of each row on it."""
            people = sum(kept[key][0] for key in keys)
            effect = sum(kept[key][0] * att[key] for key in keys) / people
            parts = [
                kept[key][0] / people * psi[key] + (att[key] - effect) * kept[key][1]["trained"] / people
                for key in keys
            ]
            return effect, pd.concat(parts)

        horizons, cohorts = sorted({key[1] for key in kept}), sorted({key[0] for key in kept})
        averages = {("group_time", *key): (att[key], psi[key]) for key in kept}
        averages["simple", None, None] = mean(list(kept))
        by_horizon = {h: mean([key for key in kept if key[1] == h]) for h in horizons}
        by_cohort = {c: mean([key for key in kept if key[0] == c]) for c in cohorts}
        averages |= {("dynamic", None, h): value for h, value in by_horizon.items()}
        averages |= {("group", c, None): value for c, value in by_cohort.items()}
        averages["dynamic_mean", None, None] = (
            sum(effect for effect, _ in by_horizon.values()) / len(horizons),
            pd.concat([influence / len(horizons) for _, influence in by_horizon.values()]),
        )
        size = {c: max(n for (of, _), (n, _) in kept.items() if of == c) for c in cohorts}
        whole = sum(size.values())
        effect, parts = sum(size[c] * by_cohort[c][0] for c in cohorts) / whole, []
        for c in cohorts:
            own = rows.loc[by_cohort[c][1].index, "trained"]
            parts.append(size[c] / whole * (by_cohort[c][1] + (by_cohort[c][0] - effect) * own / own.sum()))
        averages["group_mean", None, None] = effect, pd.concat(parts)
        for (average, cohort, horizon), (effect, influence) in averages.items():
            about = rows.loc[influence.index]
            sides = about.groupby("trained")["employee_id"].nunique()
            persons = influence.groupby(about["employee_id"]).sum()
            units = influence.groupby(about["unit_code"]).sum()
            se, kind, df = float(np.sqrt((persons**2).sum())), "cluster_person", len(persons) - 1
            if design != "lottery" and len(units) > 1:
                df, by_unit = len(units) - 1, float(np.sqrt(len(units) / (len(units) - 1) * (units**2).sum()))
                if by_unit >= se:
                    se, kind = by_unit, "cluster_unit"
            low, high = effect - stdtrit(df, 0.975) * se, effect + stdtrit(df, 0.975) * se
            if grade["effect"] < 0:
                lowest, highest = -high, -low
            else:
                lowest, highest = low, high
            knows = design == "lottery" or len(units) >= limits["effect_minimum_clusters"]
            lasts = "belum_diketahui"
            if knows and lowest > 0:
                lasts = "bertahan"
            elif knows and highest < grade["smallest"]:
                lasts = "hilang"
            asked = average == "dynamic" and grade["evidence_grade"] in ("terbukti", "didukung")
            found.append({
                "program_code": program, "design": design, "average": average, "cohort": cohort, "horizon": horizon, "n_trained": sides[1],
                "n_control": sides[0], "n_units": len(units), "effect": effect, "se": se, "se_kind": kind, "ci_low": low, "ci_high": high,
                "p_value": two_sided(effect / se, df), "evidence_grade": grade["evidence_grade"], "lasts": lasts if asked else None,
                "rule_version": "1",
            })  # fmt: skip
    return pd.DataFrame(found).astype({"cohort": "datetime64[us]", "horizon": float})


def transfer(tables: Tables) -> pd.DataFrame:
    """What one level has to do with the next in the same people: OLS with one dummy per class, programs corrected together (Holm)."""
    limits, (_, first) = limits_of(tables), trained_people(tables)
    people = first[["program_code", "class_id", "employee_id", "start_date", "ended"]]
    gains = tables["marts.learning_gain"].query("not is_suppressed")
    tests = one_row_per_tested(tables["core.fact_assessment"])
    tests = tests[tests["class_id"].isin(gains["class_id"])]
    observed = (
        tables["core.fact_observation"]
        .query("observer_role in ['supervisor', 'peer']")
        .merge(classes(tables)[["class_id", "program_code"]])
    )
    observed = observed.merge(
        tables["marts.behaviour_change"].query("not is_suppressed")[["program_code", "observer_role"]]
    )
    seen = one_row_per_observed(observed, ["class_id", "employee_id", "observer_role"])
    seen["behaviour"] = 100 * (seen["after"] - seen["before"])
    seen = seen.groupby(["class_id", "employee_id"], as_index=False)["behaviour"].mean()
    rated = people.merge(two_periods(measured(tables).query("outcome == 'numeric_score'")), on="employee_id")
    rated = rated[(rated["pre_end"] < rated["start_date"]) & (rated["post_start"] > rated["ended"])]
    rated = rated.sort_values(["pre_end", "span", "regime", "post_start"], ascending=[False, True, True, True])
    rated = rated.drop_duplicates(["program_code", "employee_id"]).assign(
        performance=lambda rows: rows["post"] - rows["pre"]
    )
    at = people.merge(
        tables["core.bridge_employee_unit"].merge(tables["core.dim_unit"][["unit_key", "unit_code"]]), on="employee_id"
    )
    at = at[(at["valid_from"] <= at["ended"]) & (at["ended"] <= at["valid_through"])]
    people = people.merge(
        tests.assign(learning=tests["post"] - tests["pre"])[["class_id", "employee_id", "learning"]], how="left"
    )
    people = people.merge(seen, how="left").merge(
        rated[["program_code", "employee_id", "performance", "unit_code"]], how="left"
    )
    people = people.merge(
        at[["program_code", "employee_id", "unit_code"]],
        on=["program_code", "employee_id"],
        how="left",
        suffixes=("", "_then"),
    )
    people["unit_code"] = people["unit_code"].fillna(people["unit_code_then"]).fillna("unknown")
    found = []
    for earlier, later in (("learning", "behaviour"), ("behaviour", "performance"), ("learning", "performance")):
        rows = []
        for program, own in people.dropna(subset=[earlier, later]).groupby("program_code"):
            own = own[own.groupby("class_id")["employee_id"].transform("size") > 1]
            if own.empty:
                continue
            design = np.column_stack([own[earlier], pd.get_dummies(own["class_id"]).to_numpy(dtype=float)])
            inverse = np.linalg.pinv(design.T @ design)
            lever, left = (
                (design @ inverse)[:, 0],
                own[later].to_numpy() - design @ inverse @ design.T @ own[later].to_numpy(),
            )
            errors = []
            for by in (own["unit_code"], own["employee_id"]):
                sums = pd.Series(lever * left).groupby(by.to_numpy()).sum()
                errors.append(sqrt(len(sums) / (len(sums) - 1) * (sums**2).sum()))
            slope, se, n_units = float(lever @ own[later]), max(errors), own["unit_code"].nunique()
            x, y = (own[name] - own.groupby("class_id")[name].transform("mean") for name in (earlier, later))
            half = stdtrit(n_units - 1, 0.975) * se
            rows.append({
                "program_code": program, "link": f"{earlier}_{later}", "n_people": len(own), "n_classes": own["class_id"].nunique(),
                "n_units": n_units, "correlation": x.corr(y), "slope": slope, "slope_low": slope - half, "slope_high": slope + half,
                "p_value": two_sided(slope / se, n_units - 1), "p_adjusted": np.nan, "carries": "belum_diketahui", "rule_version": "1",
            })  # fmt: skip
        family = [
            row
            for row in rows
            if row["n_people"] >= MINIMUM_CELL and row["n_units"] >= limits["effect_minimum_clusters"]
        ]
        least = 0.0
        for place, row in enumerate(sorted(family, key=lambda row: row["p_value"])):
            least = row["p_adjusted"] = max(least, min(1.0, (len(family) - place) * row["p_value"]))
            if least <= 0.05:
                row["carries"] = "terbawa" if row["slope"] > 0 else "berlawanan"
        found += rows
    frame = pd.DataFrame(found)
    return leave_out(
        frame,
        frame["n_people"],
        ["correlation", "slope", "slope_low", "slope_high", "p_value", "p_adjusted", "carries"],
    )


def open_question(tables: Tables) -> pd.DataFrame:
    """What would settle what is open."""
    two, one = (1.959963984540054 + 0.8416212335729143) ** 2, (1.6448536269514722 + 0.8416212335729143) ** 2
    found = []
    effects = tables["marts.performance_effect"].query("outcome == 'numeric_score'")
    for program, rows in effects.groupby("program_code"):
        if rows["evidence_grade"].isin(["terbukti", "didukung", "tanpa_pengaruh"]).any():
            continue
        lots = rows[rows["design"] == "lottery"]
        row = (lots if len(lots) else rows.sort_values(["n_trained", "design"], ascending=[False, True])).iloc[0]
        people = two * row["se"] ** 2 / (1 / row["n_trained"] + 1 / row["n_control"]) / (row["smallest"] ** 2 * 2 / 9)
        now, needed = 0 if pd.isna(row["n_drawn_in"]) else row["n_drawn_in"], np.ceil(people * 2 / 3)
        found.append((program, "effect", "numeric_score", row["evidence_grade"], row["detectable"], row["smallest"], "lottery_places",
                      now, needed, max(needed - now, 0) if needed == needed else np.nan, np.ceil(people / 3)))  # fmt: skip
    for row in tables["marts.curriculum_flag"].query("state in ('KUNING', 'DATA_KURANG')").to_dict("records"):
        needs, now, needed = "respondents", row["n_observed"], policy(tables, "minimum_respondents_judged")
        if row["state"] == "KUNING":
            needs, now, p = "batches", row["n_classes_now"], row["share_now"]
            size = row["n_observed_now"] / now
            people = one * p * (1 - p) / (p - row["tolerated_share"]) ** 2
            needed = max(np.ceil(people * (1 + (size - 1) * row["icc"]) / size), now + 1)
            needed = needed if needed <= policy(tables, "plan_most_batches") or needed == now + 1 else np.nan
        more = max(needed - now, 0) if needed == needed else np.nan
        found.append(
            (
                row["program_code"],
                "flag",
                row["flag_id"],
                row["state"],
                np.nan,
                np.nan,
                needs,
                now,
                needed,
                more,
                np.nan,
            )
        )
    return pd.DataFrame(found, columns=[
        "program_code", "question", "about", "answer", "detectable", "smallest", "needs", "n_now", "n_needed", "n_more", "n_losers",
    ])  # fmt: skip


def whole_classes(tables: Tables) -> pd.DataFrame:
    """Reaction to the classes as a whole, with the form of delivery named."""
    cells = tables["marts.reaction"]
    cells = cells[cells["instructor_id"].isna() & (cells["n_respondents"] > 0)]
    return cells.assign(method=cells["method"].fillna("unknown"))


def method_comparison(tables: Tables) -> pd.DataFrame:
    """Forms of delivery by aspect, each class once."""
    gains = tables["marts.learning_gain"].dropna(subset="gain_class")
    gains = gains.merge(classes(tables)[["class_id", "method"]], on="class_id").fillna({"method": "unknown"})
    found = []
    cells = whole_classes(tables)
    for (method, aspect), part in shown(cells, ["method", "aspect"]).groupby(["method", "aspect"]):
        low, high = t_interval(part["index_0_100"])
        k, n = part["n_dissatisfied"].sum(), part["n_respondents"].sum()
        tested = gains.loc[gains["method"] == method, "gain_class"]
        worth = part["n_effective"].sum()
        bounds = wilson(pd.Series([k / n * worth]), pd.Series([worth]), 0.975)
        found.append(
            {
                "method": method,
                "aspect": aspect,
                "n_classes": len(part),
                "n_programs": part["program_code"].nunique(),
                "n_respondents": n,
                "n_effective": worth,
                "index_0_100": part["index_0_100"].mean(),
                "index_low": low,
                "index_high": high,
                "n_dissatisfied": k,
                "dissatisfied_share": k / n,
                "wilson_low": bounds[0][0],
                "wilson_high": bounds[1][0],
                "n_classes_tested": len(tested),
                "gain_class_mean": tested.mean(),
                "is_suppressed": cells.loc[
                    (cells["method"] == method) & (cells["aspect"] == aspect), "is_suppressed"
                ].any(),
            }
        )
    return pd.DataFrame(found)


def method_outcome(tables: Tables) -> pd.DataFrame:
    """Forms of delivery by what they bring and cost, plainly and within programs."""
    observed = tables["core.fact_observation"].query("observer_role in ['supervisor', 'peer']")
    keys = ["class_key", "employee_id", "observer_role"]
    people = one_row_per_observed(observed, keys).dropna(subset=["before", "after"])
    people["change"] = people["after"] - people["before"]
    people = people.groupby(["class_key", "employee_id"], as_index=False)["change"].mean()
    people = people.merge(classes(tables)[["class_key", "program_code", "start_date"]], on="class_key")
    size = (
        people.groupby(["program_code", "class_key", "start_date"])["employee_id"].nunique().rename("n").reset_index()
    )
    told = set(size.loc[size["n"] >= MINIMUM_CELL, "class_key"])
    for _, program in size.groupby("program_code"):
        # What behaviour_change tells of the program less the classes told here is about these.
        if 0 < program.loc[program["n"] < MINIMUM_CELL, "n"].sum() < MINIMUM_CELL:
            told -= set(
                program[program["n"] >= MINIMUM_CELL].sort_values(["n", "start_date", "class_key"])["class_key"].head(1)
            )
    change = 100 * people.groupby("class_key")["change"].mean()
    change = change[change.index.isin(told)]
    listed = tables["marts.class_participants"].set_index("class_id")["n_expected"].astype(float)
    frame = classes(tables)[["class_key", "class_id", "program_code", "method", "cost_idr"]].fillna(
        {"method": "unknown"}
    )
    frame["satisfaction"] = frame["class_id"].map(
        whole_classes(tables).query("not is_repeated").groupby("class_id")["index_0_100"].mean()
    )
    tests = tables["marts.learning_gain"].set_index("class_id")
    frame["gain"] = frame["class_id"].map(tests["gain_class"])
    frame["behaviour"] = frame["class_key"].map(change)
    frame["cost_per_participant"] = frame["cost_idr"].astype(float) / frame["class_id"].map(listed)
    ahead = classes(tables).set_index("class_id")["start_date"] > as_of(tables)
    frame["cost_per_participant"] = frame["cost_per_participant"].mask(frame["class_id"].map(ahead).eq(True))
    frame["points"] = frame["class_id"].map(listed) * frame["class_id"].map(tests["post_mean"] - tests["pre_mean"])
    measures = ["satisfaction", "gain", "behaviour", "cost_per_participant"]
    found = []
    for method, own in frame.dropna(subset=["cost_idr", "points"]).groupby("method"):
        cost, points, n = own["cost_idr"].astype(float), own["points"].astype(float).round(CLASS_DIGITS), len(own)
        ratio = cost.sum() / points.sum() if points.sum() > 0 else np.nan
        row = {"method": method, "measure": "cost_per_gain_point", "n_classes": n, "n_programs": own["program_code"].nunique(),
               "mean": ratio, "n_classes_compared": 0, "n_programs_compared": 0}  # fmt: skip
        if n > 1 and points.sum() > 0:
            # The ratios r for which the mean of cost − r·points is within its t interval of zero.
            t2 = stdtrit(n - 1, 0.975) ** 2 / n
            roots = np.roots([points.mean() ** 2 - t2 * points.var(), -2 * (cost.mean() * points.mean() - t2 * cost.cov(points)),
                              cost.mean() ** 2 - t2 * cost.var()])  # fmt: skip
            if points.mean() ** 2 > t2 * points.var():
                row |= {"mean_low": min(roots.real), "mean_high": max(roots.real)}
        found.append(row)
    for measure in measures:
        known = frame.dropna(subset=measure).assign(value=lambda x, m=measure: x[m].round(CLASS_DIGITS))
        for method, own in known.groupby("method"):
            low, high = t_interval(own["value"])
            both = with_both(known.assign(trained=(known["method"] == method).astype(int)), "program_code")
            row = {
                "method": method,
                "measure": measure,
                "n_classes": len(own),
                "n_programs": own["program_code"].nunique(),
                "mean": own["value"].mean(),
                "mean_low": low,
                "mean_high": high,
                "n_classes_compared": len(both),
                "n_programs_compared": both["program_code"].nunique(),
                "adjusted_difference": np.nan,
                "adjusted_low": np.nan,
                "adjusted_high": np.nan,
            }
            if len(both) > both["program_code"].nunique() + 1:
                both = both.assign(unit_code=both["program_code"], employee_id=both["class_id"])
                clusters = policy(tables, "effect_minimum_clusters")
                fit = estimate(both, "program_code", both["value"], clusters, lot=False)
                row |= {f"adjusted_{end}": fit[f"ci_{end}"] for end in ("low", "high")}
                row["adjusted_difference"] = fit["effect"]
            found.append(row)
    frame = pd.DataFrame(found)
    numbers = ["mean", "mean_low", "mean_high", "adjusted_difference", "adjusted_low", "adjusted_high"]
    alone = (frame["measure"] == "behaviour") & (frame["n_classes"] == 1)
    frame["n_people"] = alone.astype(float).where(alone)
    return leave_out(frame, frame["n_people"], numbers)


def instructor_scorecard(tables: Tables) -> pd.DataFrame:
    """Each narasumber over all classes judged."""
    every = tables["marts.reaction"].dropna(subset="instructor_id").query("n_respondents > 0")
    cells = shown(every, ["instructor_id"])
    cells = cells.assign(
        share=cells["index_0_100"] * cells["n_respondents"], agency=cells["index_agency"] * cells["n_respondents"]
    )
    found = cells.groupby("instructor_id", as_index=False).agg(
        n_programs=("program_code", "nunique"),
        n_classes=("class_id", "nunique"),
        n_respondents=("n_respondents", "sum"),
        n_effective=("n_effective", "sum"),
        n_dissatisfied=("n_dissatisfied", "sum"),
        index_0_100=("share", "sum"),
        index_agency=("agency", "sum"),
    )
    known = found["instructor_id"].isin(every.loc[~every["is_suppressed"], "instructor_id"])
    numbers = ["n_dissatisfied", "index_0_100", "index_agency"]
    found[numbers] = found[numbers].astype(float).where(known)
    n, k = found["n_respondents"], found["n_dissatisfied"]
    found["index_0_100"], found["index_agency"] = found["index_0_100"] / n, found["index_agency"] / n
    found["dissatisfied_share"] = k / n
    worth = found["n_effective"]
    found["wilson_low"], found["wilson_high"] = wilson(k / n * worth, worth, 0.975)
    many = found["n_classes"] >= policy(tables, "minimum_batches_instructor")
    many |= n >= policy(tables, "minimum_respondents_instructor")
    found["is_suppressed"] = found["instructor_id"].isin(every.loc[every["is_suppressed"], "instructor_id"])
    found["is_firm"] = known & many & (n >= policy(tables, "minimum_respondents_judged"))
    about = ["instructor_id", "instructor_name", "instructor_type", "affiliation"]
    return found.merge(tables["core.dim_instructor"][about], on="instructor_id")


def months_of(period: pd.Series) -> int:
    """How many calendar months a period touches."""
    return len(pd.period_range(period["period_start"], period["period_end"], freq="M"))


def service_satisfaction_by_dose(tables: Tables) -> pd.DataFrame:
    """IKM of services by JP per employee of their office in the year before the period."""
    enrolled = tables["core.fact_enrolment"].query("status != 'withdrawn'")
    hours = enrolled.merge(classes(tables)[["class_key", "ended", "scheduled_jp"]], on="class_key", how="left")
    hours["jp"] = hours["certificate_jp"].fillna(hours["attended_jp"]).where(hours["ended"].notna())
    hours["ended"] = hours["ended"].fillna(hours["listed_in"])
    hours["most"] = hours["jp"].fillna(hours["scheduled_jp"])
    listless = classes(tables).query("class_id != 'unknown'")
    listless = listless[~listless["class_id"].isin(tables["core.fact_enrolment"]["class_id"])]
    index = tables["marts.service_satisfaction_index"].dropna(subset="ikm").sort_values(["period_start", "period_end"])
    index["change"] = [
        row["ikm"] - max(ended, default=(None, np.nan))[1]
        for _, row in index.iterrows()
        for ended in [[
            (other["period_end"], other["ikm"]) for _, other in index.iterrows()
            if (other["unit_code"], other["service"]) == (row["unit_code"], row["service"])
            and other["period_end"] < row["period_start"] and months_of(other) == months_of(row)
        ]]
    ]  # fmt: skip
    found = []
    for start, rows in index.groupby("period_start"):
        units = in_force(tables["core.dim_unit"], start)[["unit_code", "opd_code"]]
        rows = rows.merge(units, on="unit_code", how="left")
        rows["opd_code"] = rows["opd_code"].fillna(rows["unit_code"])
        staff = in_force(tables["core.dim_employee"], start).query("employee_key != 'unknown'").merge(units)
        since = start - pd.DateOffset(years=1)
        year = hours[(hours["ended"] < start) & (hours["ended"] >= since)].merge(staff[["employee_id", "opd_code"]])
        dose = pd.DataFrame({"n": staff.groupby("opd_code")["employee_id"].nunique()}).reindex(
            rows["opd_code"].unique()
        )
        dose["dose"] = year.groupby("opd_code")["jp"].sum().reindex(dose.index).fillna(0) / dose["n"]
        known = year["jp"].notna().groupby(year["opd_code"]).mean().reindex(dose.index).fillna(1)
        is_observed = set(pd.period_range(since, start - pd.DateOffset(days=1), freq="M")) <= observed_months(tables)
        # Half of the hours at least, and all where they would be none.
        dose["dose"] = dose["dose"].where(dose["n"] >= MINIMUM_CELL)
        dose["dose"] = dose["dose"].where((known >= 0.5) & ((known == 1) | (dose["dose"] > 0)) & is_observed)
        unlisted = listless[(listless["ended"] < start) & (listless["ended"] >= since)]
        for opd_code, n in dose["n"].items():
            seats = sum(
                min(p, n) * jp for p, jp in zip(unlisted["planned_participants"], unlisted["scheduled_jp"], strict=True)
            )
            of_office = year.loc[year["opd_code"] == opd_code, "most"].sum(skipna=False)
            dose.loc[opd_code, "most"] = (of_office + seats) / n
        dose["most"] = dose["most"].where(dose["dose"].notna())
        middle = dose.loc[dose["dose"] > 0, "dose"].median()
        dose["dose_group"] = np.where(dose["dose"] < middle, "low", "high")
        dose.loc[dose["dose"] == 0, "dose_group"] = "none"
        dose.loc[dose["dose"].isna(), "dose_group"] = "unknown"
        rows = rows.join(dose, on="opd_code")
        for (end, group), part in rows.groupby(["period_end", "dose_group"]):
            low, high = t_interval(part["ikm"])
            change = part["change"].dropna()
            change_low, change_high = t_interval(change)
            found.append(
                {
                    "period_start": start,
                    "period_end": end,
                    "dose_group": group,
                    "n_units": part["opd_code"].nunique(),
                    "n_services": len(part),
                    "n_respondents": part["n_respondents"].sum(),
                    "jp_per_employee": part.drop_duplicates("opd_code")["dose"].mean(),
                    "jp_per_employee_most": part.drop_duplicates("opd_code")["most"].mean(skipna=False),
                    "n_classes_without_list": len(unlisted),
                    "ikm": part["ikm"].mean(),
                    "ikm_low": low,
                    "ikm_high": high,
                    "n_services_before": len(change),
                    "ikm_change": change.mean(),
                    "ikm_change_low": change_low,
                    "ikm_change_high": change_high,
                    "n_employees": part.drop_duplicates("opd_code")["n"].sum(skipna=False),
                }
            )
    frame = pd.DataFrame(found)
    return leave_out(frame, frame["n_employees"], ["jp_per_employee", "jp_per_employee_most"])


def evidence(tables: Tables) -> pd.DataFrame:
    """The class rows behind the flags (`marts.curriculum_flag_evidence`), with the day on which they count."""
    cells = tables["marts.reaction"][["class_id", "aspect", "instructor_id", *VERSION, "last_answered_on"]]
    cells = cells.merge(classes(tables)[["class_id", "ended"]], on="class_id")
    cells["flag_id"] = [
        ":".join(str(x) for x in row if pd.notna(x)) for row in cells[[*VERSION, "aspect", "instructor_id"]].to_numpy()
    ]
    rows = tables["marts.curriculum_flag_evidence"].drop(columns=[*VERSION, "aspect", "instructor_id"])
    rows = rows.merge(cells, on=["flag_id", "class_id"])
    # What nobody knows the people of is not counted.
    return rows.assign(day=rows["ended"].fillna(rows["last_answered_on"]), n_dissatisfied=rows["n_unfavourable"])


def pooled(rows: pd.DataFrame) -> dict[str, float]:
    """Respondents of several classes as one."""
    n = rows["n_respondents"].sum()
    k = np.nan if len(rows) and rows["n_dissatisfied"].isna().all() else rows["n_dissatisfied"].sum()
    return {
        "n_classes": rows["class_id"].nunique(),
        "n_expected": rows["n_expected"].astype(float).sum(skipna=False),
        "n_respondents": n,
        "n_dissatisfied": k,
        "dissatisfied_share": k / n if n else np.nan,
        **{
            name: (rows[name] * rows["n_respondents"]).astype(float).sum(min_count=1) / n if n else np.nan
            for name in ("index_0_100", "index_agency")
        },
    }


def is_lacking(tables: Tables, one: dict[str, float]) -> bool:
    """Too few to judge: fewer than five, or fewer than ten of whom most are silent."""
    n, asked = one["n_respondents"], one["n_expected"]
    answered = n / asked if asked > 0 else np.nan
    silent = not answered >= policy(tables, "minimum_response_rate")
    few = n < policy(tables, "minimum_respondents") or np.isnan(one["n_dissatisfied"])
    return few or (n < policy(tables, "minimum_respondents_judged") and silent)


def bound(tables: Tables, k: float, n: float) -> float:
    """One-sided Wilson bound of k of n."""
    return float(wilson(pd.Series([float(k)]), pd.Series([float(n)]), policy(tables, "flag_confidence"))[0][0])


def limits_of(tables: Tables) -> dict[str, float]:
    """Every value of the policy."""
    return dict(zip(tables["ops.policy"]["policy"], tables["ops.policy"]["value"], strict=True))


def ordered(rows: pd.DataFrame) -> pd.DataFrame:
    """Classes that count, in the order of their days, as `lasting` wants them."""
    known = rows.dropna(subset="n_unfavourable").sort_values(["day", "class_id"], na_position="first")
    return known.assign(
        k=known["n_unfavourable"].astype(int), n=known["n_observed"].astype(int), asked=known["flag_id"]
    )


def backgrounds(tables: Tables, rows: pd.DataFrame) -> dict[str, lasting.Background]:
    """What the classes of each aspect tell about each other; worked out once."""
    counted = ordered(shown(rows, ["flag_id"]))
    parts = {str(aspect): part for aspect, part in counted.groupby("aspect")}
    moods = lasting.moods(counted, {name: lasting.dips(part, limits_of(tables)) for name, part in parts.items()})
    return {name: learnt(tables, name, part, moods) for name, part in parts.items()}


_LEARNT: dict[tuple[int, str], lasting.Background] = {}


def learnt(tables: Tables, aspect: str, part: pd.DataFrame, moods: dict[tuple[str, str], float]) -> lasting.Background:
    """What the classes of an aspect tell about each other."""
    key = (id(tables), aspect)
    if key not in _LEARNT:
        _LEARNT[key] = lasting.learn(part, limits_of(tables), moods)
    return _LEARNT[key]


NOW = ["share_now", "now_low", "now_high", "p_above", "change", "changed_on", "n_classes_now", "n_observed_now",
       "n_unfavourable_now", "n_expected_now", "n_classes_shared", "silence", "n_silent", "silent_tipping_share",
       "icc", "n_effective", "wilson_low", "state"]  # fmt: skip
"""What `now` tells."""


def now(
    tables: Tables, rows: pd.DataFrame, one: dict[str, float], known: dict[str, lasting.Background], tolerated: float
) -> dict[str, object]:
    """What the classes of one flag tell of its share as it is now."""
    limits, own = limits_of(tables), ordered(rows)
    background = known.get(rows["aspect"].iloc[0])
    if background is None or not len(own):
        icc = background.icc if background else sum(r * w for r, w in lasting.CORRELATIONS.items())
        return dict.fromkeys(NOW) | {"icc": icc, "state": "DATA_KURANG"}
    shares, begun = lasting.judged(own, background, limits)
    found: dict[str, object] = {"icc": background.icc}
    worth = (own["n"] / (1 + (own["n"] - 1) * background.icc)).sum()
    found["n_effective"] = worth
    found["wilson_low"] = bound(tables, own["k"].sum() / own["n"].sum() * worth, worth)
    found["n_classes_shared"] = lasting.month(own).isin(list(background.dips)).sum()
    first = 0
    # A change and none were equally probable before any class was seen, whatever the number of days.
    never = (1 - limits["flag_change_rate"]) ** (own["day"] != own["day"].shift()).iloc[1:].sum()
    none, some = begun[0] / never, (1 - begun[0]) / (1 - never) if never < 1 else 0.0
    if some / (none + some) >= limits["flag_change_probability"]:
        first = 1 + int(np.argmax(begun[1:]))
    present, past = own.iloc[first:], own.iloc[:first]
    k, n, expected = present["k"].sum(), present["n"].sum(), present["n_expected"].astype(float).sum(skipna=False)
    found |= {"n_classes_now": len(present), "n_observed_now": n, "n_unfavourable_now": k, "n_expected_now": expected}
    found["n_silent"] = silent = max(expected - n, 0.0) if expected == expected else np.nan
    p_above = round(float(shares[tolerated < lasting.SHARES].sum()), 9)
    endings = {"MATERI": "", "KEHADIRAN": "", "NARASUMBER": "_person"}
    red = limits[f"flag_red_probability{endings.get(rows['aspect'].iloc[0], '_other')}"]
    yellow = limits["flag_yellow_probability"]
    found["state"] = "MERAH" if p_above >= red else "KUNING" if p_above >= yellow else "HIJAU"
    if is_lacking(tables, one):
        return dict.fromkeys(NOW) | found | {"state": "DATA_KURANG"}
    found["p_above"], found["share_now"] = p_above, float(shares @ lasting.SHARES)
    found["now_low"], found["now_high"] = lasting.quantile(shares, 0.025), lasting.quantile(shares, 0.975)
    if first:
        was = past["k"].sum() / past["n"].sum()
        found |= {"change": "memburuk" if k / n > was else "membaik", "changed_on": present["day"].iloc[0]}
    if not np.isnan(expected):
        tipping = (tolerated * (n + silent) - k) / silent if silent else np.nan
        found["silent_tipping_share"] = tipping if 0 <= tipping <= 1 else np.nan
        share, ratio = round(float(shares @ lasting.SHARES), 9), limits["flag_silent_ratio"]
        turns = tipping >= share / ratio if p_above >= yellow else tipping < min(1, ratio * share)
        found["silence"] = "dapat_membalik" if silent and turns else "tahan"
    return dict.fromkeys(NOW) | found


def q_values(p_above: pd.Series) -> pd.Series:
    """Of all that are at least as probable, the share to be expected wrong."""
    known = p_above.astype(float).dropna()
    return known.map(lambda p: (1 - known[known >= p]).mean()).reindex(p_above.index)


def alone(tables: Tables, rows: pd.DataFrame, known: dict[str, lasting.Background], tolerated: float) -> str | None:
    """The state of classes judged by themselves; none without classes."""
    return str(now(tables, rows, pooled(rows), known, tolerated)["state"]) if len(rows) else None


def explained(
    tables: Tables, known: dict[str, lasting.Background], bad: list[pd.DataFrame], sound: list[pd.DataFrame]
) -> float:
    """Probability of the class rows if the quality behind each of `bad` is bad now, and behind each of `sound` is not."""
    limits, tolerated = limits_of(tables), policy(tables, "dissatisfied_tolerated_share")
    sides = [(ordered(rows), is_bad) for part, is_bad in ((bad, True), (sound, False)) for rows in part if len(rows)]
    if not sides:
        return 1.0
    background = known[sides[0][0]["aspect"].iloc[0]]
    total = 0.0
    for rho, weight in background.weights.items():
        for rows, is_bad in sides:
            own = lasting.likelihood(rows, rho, background)
            log, share, _ = lasting.passed(
                own, list(rows["day"]), background.populations[rho], limits["flag_change_rate"]
            )
            # The binomial coefficients are the same whatever the cause.
            above = min(max(float(share[tolerated < lasting.SHARES].sum()), 1e-12), 1 - 1e-12)
            weight *= np.exp(log) * (above if is_bad else 1 - above)
        total += weight
    return total


def cause(
    tables: Tables,
    rows: pd.DataFrame,
    flag: dict[str, object],
    beside: pd.DataFrame,
    known: dict[str, lasting.Background],
) -> tuple[object, object, float]:
    """Curriculum, narasumber, method or organiser, by whose batches would have to be bad."""
    aspect = flag["aspect"]
    if aspect in ("PENYELENGGARA", "SARPRAS"):
        return "penyelenggara", None, 1.0
    rows = rows[rows["n_unfavourable"].notna()]
    rows = rows.merge(tables["core.dim_class"][["class_id", "method"]], on="class_id").assign(
        method=lambda found: found["method"].fillna("unknown")
    )
    here = (rows[VERSION] == [flag[name] for name in VERSION]).all(axis=1)
    own = rows[rows["flag_id"] == flag["flag_id"]]
    sessions = tables["core.dim_session"].merge(tables["core.dim_instructor"][["instructor_key", "instructor_id"]])
    sessions = sessions.query("instructor_key != 'unknown'")[["class_id", "instructor_id", "module_name"]]
    judged = tables["marts.reaction"].dropna(subset="instructor_id")[["class_id", "instructor_id"]]
    taught = pd.concat([sessions, judged])
    open_people = beside[(beside["aspect"] == "NARASUMBER") & beside["state"].isin(["MERAH", "KUNING"])]
    suspects: list[tuple[tuple[str, object], list[pd.DataFrame], list[pd.DataFrame]]] = []
    if aspect == "NARASUMBER":
        person = flag["instructor_id"]
        about = rows["aspect"] == "NARASUMBER"
        mine, others = (
            rows[about & (rows["instructor_id"] == person)],
            rows[about & here & (rows["instructor_id"] != person)],
        )
        suspects.append((("narasumber", person), [mine], [others]))
        also = sorted(set(open_people["instructor_id"]) - {person})
        rest = others[~others["instructor_id"].isin(also)]
        if also and len(rest):
            bad = [mine, *(others[others["instructor_id"] == who] for who in also)]
            suspects.append((("narasumber", person), bad, [rest]))
        if (beside["state"].isin(["MERAH", "KUNING"]) & (beside["aspect"] == "MATERI")).any():
            suspects.append(
                (("kurikulum", None), [rows[about & here]], [rows[about & ~here & (rows["instructor_id"] == person)]])
            )
        modules = taught[taught["class_id"].isin(rows.loc[here, "class_id"])].dropna(subset="module_name")
        topics = set(modules.loc[modules["instructor_id"] == person, "module_name"])
        if len(topics) == 1 and not topics & set(modules.loc[modules["instructor_id"] != person, "module_name"]):
            suspects.append(((None, None), [mine], [others]))
    else:
        suspects.append((("metode" if aspect == "METODE" else "kurikulum", None), [own], []))
        for person, part in taught[taught["class_id"].isin(own["class_id"])].groupby("instructor_id"):
            with_person = own["class_id"].isin(part["class_id"])
            if not with_person.all() or person in set(open_people["instructor_id"]):
                suspects.append((("narasumber", person), [own[with_person]], [own[~with_person]]))
        left, parts = own, []
        for _, part in taught[taught["class_id"].isin(own["class_id"])].groupby("instructor_id"):
            theirs = left[left["class_id"].isin(part["class_id"])]
            tolerated = policy(tables, "dissatisfied_tolerated_share") * theirs["n_observed"].sum()
            if len(theirs) and theirs["n_unfavourable"].sum() > tolerated:
                parts.append(theirs)
                left = left.drop(theirs.index)
        if len(parts) > 1 and len(left):
            suspects.append(((None, None), parts, [left]))
    in_forms, elsewhere = own, own[:0]
    if aspect == "NARASUMBER":
        in_forms, elsewhere = rows[about & here], rows[about & ~here & (rows["instructor_id"] == person)]
    if in_forms["method"].nunique() > 1:
        for method in in_forms["method"].unique():
            others = in_forms[in_forms["method"] != method]
            bad = in_forms[in_forms["method"] == method]
            suspects.append((("metode", None), [bad], [others, elsewhere]))
            if len(elsewhere):
                is_form = elsewhere["method"] == method
                suspects.append((("metode", None), [bad, elsewhere[is_form]], [others, elsewhere[~is_form]]))
    kinds = [who[0] for who, _, _ in suspects]
    weights = np.array([explained(tables, known, bad, sound) / kinds.count(who[0]) for who, bad, sound in suspects])
    together: dict[tuple[str, object], float] = {}
    for (who, _, _), weight in zip(suspects, weights / weights.sum(), strict=True):
        together[who] = together.get(who, 0.0) + float(weight)
    who = max(together, key=lambda who: together[who])
    if who[0] is None or together[who] < policy(tables, "flag_cause_probability"):
        return None, None, np.nan
    return *who, together[who]


def learning(tables: Tables) -> pd.DataFrame:
    """g of a program's version: mean gain over the pooled spread within its classes."""
    found = []
    for key, part in tables["marts.learning_gain"].query("n_pairs >= 2 and not is_suppressed").groupby(VERSION):
        n, df = part["n_pairs"].sum(), (part["n_pairs"] - 1).sum()
        gain = ((part["post_mean"] - part["pre_mean"]) * part["n_pairs"]).sum() / n
        sd = sqrt(((part["n_pairs"] - 1) * (part["pre_sd"] ** 2 + part["post_sd"] ** 2) / 2).sum() / df)
        found.append((*key, n, (1 - 3 / (4 * df - 1)) * gain / sd))
    return pd.DataFrame(found, columns=[*VERSION, "n_pairs", "hedges_g"])


def contradiction(tables: Tables, flag: dict[str, object]) -> str | None:
    """Disliked but effective, or liked but ineffective."""
    pairs, g = float(str(flag["n_pairs"])), float(str(flag["hedges_g"]))
    enough = pairs >= policy(tables, "minimum_respondents_judged")
    if flag["aspect"] not in ("MATERI", "METODE", "MANFAAT", "OVERALL") or not enough:
        return None
    if flag["state"] in ("MERAH", "KUNING") and g >= policy(tables, "flag_effective_g"):
        return "tidak_disukai_tetapi_efektif"
    liked = flag["state"] == "HIJAU" and g < policy(tables, "flag_ineffective_g")
    return "disukai_tetapi_tidak_efektif" if liked else None


def opened_on(
    tables: Tables, rows: pd.DataFrame, known: dict[str, lasting.Background], tolerated: float
) -> pd.Timestamp:
    """The first day of the last unbroken run of days on which what was known by then was yellow or red."""
    first = pd.NaT
    for day in sorted(rows.dropna(subset="n_unfavourable")["day"].dropna().unique()):
        by_then = rows[~(rows["day"] > day)]
        is_open = alone(tables, by_then, known, tolerated) in ("MERAH", "KUNING")
        first = (day if pd.isna(first) else first) if is_open else pd.NaT
    return pd.Timestamp(first)


def curriculum_flag(tables: Tables) -> pd.DataFrame:
    """Every flag with state, cause and life."""
    every = evidence(tables)
    rows = shown(every, ["flag_id"])
    parts = ["flag_id", *VERSION, "aspect", "instructor_id"]
    groups = list(rows.groupby(parts, dropna=False))
    flags = pd.DataFrame([dict(zip(parts, key, strict=True)) | pooled(part) for key, part in groups])
    known, tolerated = backgrounds(tables, every), policy(tables, "dissatisfied_tolerated_share")
    told = [now(tables, part, pooled(part), known, tolerated) for _, part in groups]
    flags = flags.join(pd.DataFrame(told))
    flags["q_value"] = flags.groupby("aspect")["p_above"].transform(q_values)
    bad = rows["dissatisfied_share"] >= tolerated
    flags["n_classes_flagged"] = flags["flag_id"].map(bad.groupby(rows["flag_id"]).sum())
    infirm = flags["n_classes_flagged"] < policy(tables, "minimum_batches_instructor")
    infirm &= flags["n_respondents"] < policy(tables, "minimum_respondents_instructor")
    flags.loc[infirm & (flags["aspect"] == "NARASUMBER") & (flags["state"] == "MERAH"), "state"] = "KUNING"
    flags = flags.merge(learning(tables), on=VERSION, how="left").fillna({"n_pairs": 0})
    flags["contradiction"] = [contradiction(tables, f) for f in flags.to_dict("records")]
    causes: dict[str, tuple[object, object, float]] = {}
    is_open = flags["state"].isin(["MERAH", "KUNING"])
    for _, beside in flags.groupby(VERSION):
        worst = beside[is_open[beside.index]].sort_values(["dissatisfied_share", "flag_id"], ascending=[False, True])
        for flag in worst[worst["aspect"] != "OVERALL"].to_dict("records"):
            causes[flag["flag_id"]] = cause(tables, rows, flag, beside, known)
        others = worst.loc[worst["aspect"] != "OVERALL", "flag_id"]
        for flag_id in worst.loc[worst["aspect"] == "OVERALL", "flag_id"]:
            causes[flag_id] = causes[others.iloc[0]] if len(others) else (None, None, np.nan)
    flags["cause"], flags["cause_instructor_id"], flags["p_cause"] = (
        [causes.get(flag, (None, None, np.nan))[i] for flag in flags["flag_id"]] for i in range(3)
    )
    worst_result = follow_up_outcome(tables).assign(
        life=lambda x: x["result"].where(x["result"] != "belum dapat dinilai", "ditindaklanjuti"),
        rank=lambda x: x["life"].map({"ditindaklanjuti": 0, "selesai": 1, "berlanjut": 2}),
    )
    lives = worst_result.sort_values("rank").groupby("flag_id")["life"].last()
    life = flags["flag_id"].map(lives)
    flags["status"] = life.fillna("terbuka").where(is_open | (life == "selesai"), "tidak_ada")
    flags["opened_on"] = [
        opened_on(tables, rows[rows["flag_id"] == flag], known, tolerated) if o else pd.NaT
        for flag, o in zip(flags["flag_id"], is_open, strict=True)
    ]
    flags = flags.assign(
        rule="KEPUASAN", n_observed=flags["n_respondents"], n_unfavourable=flags["n_dissatisfied"],
        unfavourable_share=flags["dissatisfied_share"], tolerated_share=tolerated,
    )  # fmt: skip
    flags = pd.concat([flags, attendance_flags(tables)], ignore_index=True)
    classes = tables["core.dim_class"].query("class_id != 'unknown'").dropna(subset="start_date")
    classes = classes[pd.to_datetime(classes["start_date"]) <= pd.Timestamp(tables["ops.run"]["as_of"].iloc[0])]
    newest = (
        classes.sort_values(["start_date", "curriculum_version"]).groupby("program_code")["curriculum_version"].last()
    )
    flags["is_raised"] = [
        flag["state"] in ("MERAH", "KUNING")
        and flag["status"] != "selesai"
        and newest[flag["program_code"]] == flag["curriculum_version"]
        for flag in flags.to_dict("records")
    ]
    classes_of = tables["marts.curriculum_flag_evidence"]
    left_out = {
        name: flags["flag_id"].isin(classes_of.loc[classes_of[name], "flag_id"])
        for name in ("is_suppressed", "is_repeated")
    }
    return flags.assign(rule_version="1", **left_out)


def attendance_flags(tables: Tables) -> pd.DataFrame:
    """Flags of programs whose participants are rarely there; nobody has decided anything about them."""
    rows = tables["marts.curriculum_flag_evidence"].query("flag_id.str.endswith(':KEHADIRAN')")
    rows = rows.assign(day=rows["ended_on"], aspect="KEHADIRAN", program_code=rows["flag_id"].str.split(":").str[0])
    rows = rows.drop(columns=["n_respondents", "n_dissatisfied"]).assign(
        n_respondents=rows["n_observed"], n_dissatisfied=rows["n_unfavourable"]
    )
    tolerated, known = policy(tables, "attendance_tolerated_share"), backgrounds(tables, rows)
    found = []
    for flag_id, part in shown(rows, ["flag_id"]).groupby("flag_id"):
        program, version, aspect = str(flag_id).split(":")
        flag = {"flag_id": flag_id, "program_code": program, "curriculum_version": version, "aspect": aspect}
        one = pooled(part)
        found.append(
            flag | now(tables, part, one, known, tolerated) | {
                "n_classes": len(part), "n_classes_flagged": (part["unfavourable_share"] >= tolerated).sum(),
                "n_expected": one["n_expected"], "n_observed": one["n_respondents"],
                "n_unfavourable": one["n_dissatisfied"], "unfavourable_share": one["dissatisfied_share"],
                "tolerated_share": tolerated, "opened": opened_on(tables, part, known, tolerated),
            }
        )  # fmt: skip
    flags = pd.DataFrame(found)
    flags["q_value"] = q_values(flags["p_above"])
    is_open = flags["state"].isin(["MERAH", "KUNING"])
    assert is_open.any()
    flags["status"] = np.where(is_open, "terbuka", "tidak_ada")
    flags["opened_on"] = flags.pop("opened").where(is_open)
    return flags.assign(rule="KEHADIRAN", cause=None, cause_instructor_id=None, p_cause=np.nan, contradiction=None)


def meanwhile(
    tables: Tables, rows: pd.DataFrame, one: dict[str, object], later: pd.DataFrame
) -> tuple[int, float, float]:
    """How many other flags of the aspect there are without a decision, and the mean and error of how their share changed."""
    program, _, aspect, *_ = str(one["flag_id"]).split(":")
    decided = set(tables["core.fact_follow_up"]["flag_id"])
    changes = []
    for flag, part in ordered(shown(rows, ["flag_id"])).groupby("flag_id"):
        if flag in decided or part["aspect"].iloc[0] != aspect or part["program_code"].iloc[0] == program:
            continue
        before, after = part[part["day"] <= one["decided_on"]], part[part["day"] >= later["day"].min()]
        if min(before["n"].sum(), after["n"].sum()) >= policy(tables, "minimum_respondents"):
            changes.append(after["k"].sum() / after["n"].sum() - before["k"].sum() / before["n"].sum())
    if len(changes) < 5:
        return 0, 0.0, 0.0
    return len(changes), float(np.mean(changes)), float(np.std(changes, ddof=1) / sqrt(len(changes)))


def improved(
    tables: Tables,
    before: pd.DataFrame,
    later: pd.DataFrame,
    known: dict[str, lasting.Background],
    tolerated: float,
    others: float,
    error: float,
) -> dict[str, object]:
    """The change of the share, beyond that of the others, with its interval; unknown where either cannot be judged."""
    unknown = dict.fromkeys(["change", "change_low", "change_high", "p_better"], np.nan)
    if any(alone(tables, rows, known, tolerated) in (None, "DATA_KURANG") for rows in (before, later)):
        return unknown | {"improvement": "belum_diketahui"}
    was, became = (
        lasting.judged(ordered(rows), known[rows["aspect"].iloc[0]], limits_of(tables))[0] for rows in (before, later)
    )
    weights, steps = np.outer(became, was).ravel(), np.subtract.outer(lasting.SHARES, lasting.SHARES).ravel()
    spread = sqrt(error**2 + 0.01**2 / 6)

    def below(rise: float) -> float:
        return float((weights * ndtr((rise - steps + others) / spread)).sum())

    def at(part: float) -> float:
        low, high = -3.0, 3.0
        for _ in range(60):
            middle = (low + high) / 2
            low, high = (middle, high) if below(middle) < part else (low, middle)
        return low

    better = round(below(0.0), 9) >= policy(tables, "follow_up_probability")
    worse = below(-policy(tables, "follow_up_matters")) <= 0.05
    return {
        "change": at(0.5), "change_low": at(0.025), "change_high": at(0.975), "p_better": below(0.0),
        "improvement": "membaik" if better else "tidak_membaik" if worse else "belum_diketahui",
    }  # fmt: skip


def follow_up_outcome(tables: Tables) -> pd.DataFrame:
    """Each decision with the state before it and that of the batches that show its result."""
    rows, found = evidence(tables), []
    known, tolerated = backgrounds(tables, rows), policy(tables, "dissatisfied_tolerated_share")
    for one in (
        tables["core.fact_follow_up"].query("decided_on <= @day", local_dict={"day": as_of(tables)}).to_dict("records")
    ):
        own = rows[rows["flag_id"] == one["flag_id"]]
        before = shown(own[~(own["day"] > one["decided_on"])], ["flag_id"])
        later = own[own["day"] > one["done_on"]]
        if isinstance(one["new_curriculum_version"], str):
            program, _, *rest = one["flag_id"].split(":")
            later = rows[rows["flag_id"] == ":".join([program, one["new_curriculum_version"], *rest])]
        later = shown(later, ["flag_id"])
        was, became = pooled(before), pooled(later)
        after = alone(tables, later, known, tolerated)
        n_others, others, error = meanwhile(tables, rows, one, later)
        told = improved(tables, before, later, known, tolerated, others, error)
        better = told["p_better"]
        found.append(
            {name: one[name] for name in ("flag_id", "action", "owner", "decided_on", "due_on", "done_on")}
            | (own[[*VERSION, "aspect", "instructor_id"]].iloc[0].to_dict() if len(own) else {})
            | {
                "new_curriculum_version": one["new_curriculum_version"],
                "is_overdue": bool(one["due_on"] < as_of(tables)) and pd.isna(one["done_on"]),
                "is_known": len(own) > 0,
                "state_before": alone(tables, before, known, tolerated),
                "n_dissatisfied_before": was["n_dissatisfied"],
                "n_respondents_before": was["n_respondents"],
                "share_before": was["dissatisfied_share"],
                "state_after": after,
                "n_classes_after": became["n_classes"],
                "n_dissatisfied_after": became["n_dissatisfied"],
                "n_respondents_after": became["n_respondents"],
                "share_after": became["dissatisfied_share"],
                "n_others": n_others,
                "others_change": others if n_others else np.nan,
                **told,
                "result": "berlanjut"
                if after in ("KUNING", "MERAH")
                else "selesai"
                if after == "HIJAU" and round(better, 9) >= policy(tables, "follow_up_probability")
                else "belum dapat dinilai",
            }
        )
    return pd.DataFrame(found)


MARTS: dict[str, tuple[Callable[[Tables], pd.DataFrame], list[str]]] = {
    "learning_gain": (learning_gain, ["class_id"]),
    "behaviour_change": (behaviour_change, ["program_code", "observer_role"]),
    "performance_effect": (performance_effect, ["program_code", "outcome", "design"]),
    "performance_over_time": (performance_over_time, ["program_code", "design", "average", "cohort", "horizon"]),
    "method_comparison": (method_comparison, ["method", "aspect"]),
    "method_outcome": (method_outcome, ["method", "measure"]),
    "instructor_scorecard": (instructor_scorecard, ["instructor_id"]),
    "service_satisfaction_by_dose": (service_satisfaction_by_dose, ["period_start", "period_end", "dose_group"]),
    "curriculum_flag": (curriculum_flag, ["flag_id"]),
    "transfer": (transfer, ["program_code", "link"]),
    "open_question": (open_question, ["program_code", "question", "about"]),
    "follow_up_outcome": (follow_up_outcome, ["flag_id", "action"]),
}


@pytest.fixture(scope="module")
def expected(tables: Tables) -> dict[str, pd.DataFrame]:
    """What every mart should hold."""
    return {mart: oracle(tables) for mart, (oracle, _) in MARTS.items()}


@pytest.mark.parametrize("mart", MARTS)
def test_mart_is_its_definition(tables: Tables, expected: dict[str, pd.DataFrame], mart: str) -> None:
    published, key = tables[f"marts.{mart}"], MARTS[mart][1]
    oracle = with_names(expected[mart], published, tables)
    assert set(oracle.columns) == set(published.columns) - (WORDS - set(key))
    for drawn in DRAWN & set(oracle.columns):
        # Two draws agree as two dice do: to their error, not to the last digit.
        left, right = (one.sort_values(key)[drawn].to_numpy(dtype=float) for one in (published, oracle))
        assert np.array_equal(np.isnan(left), np.isnan(right))
        assert (~np.isnan(left)).any()
        assert np.nanmax(np.abs(left - right)) < MONTE_CARLO
    oracle = oracle.drop(columns=list(DRAWN), errors="ignore")
    assert_same(published, oracle, key)


@pytest.mark.parametrize("mart", MARTS)
def test_one_wrong_cell_is_found(tables: Tables, expected: dict[str, pd.DataFrame], mart: str) -> None:
    """What passes as published fails with a millionth more in one cell of any numeric column."""
    published, key = tables[f"marts.{mart}"], MARTS[mart][1]
    oracle = expected[mart].drop(columns=list(DRAWN), errors="ignore")
    for column in published.select_dtypes("number").columns.intersection(oracle.columns).difference(key):
        values = published[column].to_numpy(dtype=float, na_value=np.nan, copy=True)
        known = np.flatnonzero(~np.isnan(values))
        if not len(known):
            continue
        values[known[0]] += 1e-6 * max(1.0, abs(values[known[0]]))
        with pytest.raises(AssertionError):
            assert_same(published.assign(**{column: values}), oracle[[*key, column]], key)
