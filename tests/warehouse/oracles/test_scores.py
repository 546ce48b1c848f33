"""Reaction, participation, hours and context, computed a second time in plain pandas from their definitions."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from statistics import NormalDist

import numpy as np
import pandas as pd
import pytest
from scipy.special import stdtrit

from . import lasting
from .conftest import MINIMUM_CELL, Tables, assert_same, leave_out, with_names

CLASS = ["class_id", "program_code", "curriculum_version"]
VERSION = ["program_code", "curriculum_version"]
PERIOD = ["unit_code", "service", "period_start", "period_end"]
ELEMENTS = ("persyaratan", "prosedur", "waktu", "biaya", "produk", "kompetensi", "perilaku", "pengaduan", "sarana")
SCORE_DIGITS, PROGRAM_DIGITS = 9, 6
"""Decimals published of a respondent's score, and of a program's means."""


def policy(tables: Tables, name: str) -> float:
    """One value of the policy."""
    return dict(zip(tables["ops.policy"]["policy"], tables["ops.policy"]["value"], strict=True))[name]


def as_of(tables: Tables) -> pd.Timestamp:
    """The day up to which the version knows."""
    return pd.Timestamp(tables["ops.run"]["as_of"].iloc[0])


def classes(tables: Tables) -> pd.DataFrame:
    """The classes, without the unknown one; one without a last day ends on its first."""
    known = tables["core.dim_class"].query("class_key != 'unknown'")
    return known.assign(ended=known["end_date"].fillna(known["start_date"]))


def in_force(versions: pd.DataFrame, day: pd.Timestamp) -> pd.DataFrame:
    """The versions that hold on a day, of people only those who had joined by then."""
    begun = versions["valid_from"]
    if "joined_on" in versions:
        begun = versions["joined_on"].fillna(begun).clip(lower=begun)
    return versions[(begun <= day) & (versions["valid_to"] > day)]


def share(numerator: pd.Series, denominator: pd.Series) -> pd.Series:
    """A quotient that is empty where its denominator is zero or unknown."""
    below = denominator.astype(float)
    return numerator.astype(float) / below.where(below != 0)


def wilson(k: pd.Series, n: pd.Series, quantile: float) -> tuple[pd.Series, pd.Series]:
    """Wilson's interval: the shares p for which |k ÷ n − p| = z·√(p(1 − p) ÷ n), z the normal `quantile`."""
    z2, p = NormalDist().inv_cdf(quantile) ** 2, k / n
    centre, half = p + z2 / (2 * n), np.sqrt(z2 * (p * (1 - p) / n + z2 / (4 * n**2)))
    return (centre - half) / (1 + z2 / n), (centre + half) / (1 + z2 / n)


def respondents(tables: Tables) -> pd.DataFrame:
    """One row per class, aspect, narasumber judged (empty: all of the class) and form, with the form's mean scores."""
    answers = (
        tables["core.fact_survey_response"]
        .dropna(subset="score")
        .merge(tables["core.dim_survey_item"][["survey_item_key", "aspect"]], on="survey_item_key")
        .merge(classes(tables)[["class_key", "class_id"]], on="class_key")
        .merge(tables["core.dim_instructor"][["instructor_key", "instructor_id"]], on="instructor_key", how="left")
    )
    answers["day"] = pd.to_datetime(answers["submitted_date_key"].astype(str), format="%Y%m%d", errors="coerce")
    answers = answers[~(answers["day"] > as_of(tables))]
    by_form = answers.groupby(["class_id", "response_id"])
    answers["answered_on"] = by_form["day"].transform("max")
    answers["straight"] = (by_form["score"].transform("nunique") == 1) & (by_form["score"].transform("size") >= 5)
    answers["n_forms"] = answers.groupby("class_id")["response_id"].transform("nunique")
    named = answers.query("aspect == 'NARASUMBER' and instructor_key not in ['none', 'unknown']")
    both = pd.concat([answers.assign(instructor_id=None), named]).dropna(subset="aspect")
    found = both.groupby(["class_id", "aspect", "instructor_id", "response_id"], dropna=False, as_index=False).agg(
        score=("score_share", "mean"),
        agency=("agency_share", "mean"),
        n_answers=("score", "size"),
        straight=("straight", "first"),
        n_forms=("n_forms", "first"),
        answered_on=("answered_on", "first"),
    )
    return found.round({"score": SCORE_DIGITS, "agency": SCORE_DIGITS})


def shrunk(part: pd.DataFrame, minimum: float) -> pd.Series:
    """The index of classes alike, drawn to their mean: w = τ² ÷ (τ² + σ²/n), τ² after DerSimonian and Laird."""
    if part["class_id"].nunique() < minimum:
        return pd.Series(np.nan, index=part.index)
    y, n = part["index_0_100"] / 100, part["n_respondents"]
    sigma2 = part["squares"].sum() / (n - 1).sum()
    v = sigma2 / n
    fixed = (y / v).sum() / (1 / v).sum()
    q = ((y - fixed) ** 2 / v).sum()
    tau2 = max(0.0, (q - (len(y) - 1)) / ((1 / v).sum() - (1 / v**2).sum() / (1 / v).sum()))
    mu, w = (y / (tau2 + v)).sum() / (1 / (tau2 + v)).sum(), tau2 / (tau2 + v)
    return 100 * (w * y + (1 - w) * mu)


def lasting_behind(tables: Tables, cells: pd.DataFrame, counted: pd.DataFrame) -> pd.DataFrame:
    """The intervals of what lasts behind each class, by what the `counted` classes tell of each other."""
    limits = dict(zip(tables["ops.policy"]["policy"], tables["ops.policy"]["value"], strict=True))
    ended = cells["class_id"].map(classes(tables).set_index("class_id")["ended"]).fillna(cells["last_answered_on"])
    cells = cells.assign(
        day=ended, k=cells["n_dissatisfied"], n=cells["n_respondents"], person=cells["instructor_id"].notna()
    )
    parts = []
    for _, part in cells.groupby(["aspect", "person"]):
        rows = part[part.index.isin(counted.index)].assign(
            flag_id=part[[*VERSION, "instructor_id"]].fillna("").agg(":".join, axis=1), asked=""
        )
        rows = rows.sort_values(["flag_id", "day", "class_id"], na_position="first")
        told = lasting.learn(rows, limits)
        icc = told.icc
        worth = part["n"] / (1 + (part["n"] - 1) * icc)
        share = part["k"] / part["n"]
        left = (share - lasting.month(part).map(told.dips).fillna(0.0)).clip(lower=0)
        low, high = wilson(left * worth, worth, 0.975)[0], wilson(share * worth, worth, 0.975)[1]
        within = 1e4 * rows["squares"].sum() / (rows["n"] - 1).sum()
        pairs = [
            (a, b) for _, own in rows.groupby("flag_id") for a, b in pairwise(own[["index_0_100", "n"]].to_numpy())
        ]
        moments = [((x - y) ** 2 / 2 - within * (1 / n + 1 / m) / 2, 2 / (1 / n + 1 / m)) for (x, n), (y, m) in pairs]
        total = sum(weight for _, weight in moments)
        between = max(0.0, sum(value * weight for value, weight in moments) / total) if moments else 0.0
        rho = sum(r * w for r, w in lasting.CORRELATIONS.items())
        between = (len(pairs) * between + 10 * within * rho / (1 - rho)) / (len(pairs) + 10)
        half = NormalDist().inv_cdf(0.975) * np.sqrt(between + within / part["n"])
        index = part["index_0_100"]
        parts.append(part.assign(
            icc=icc, n_effective=worth, share_low=low.clip(0, 1), share_high=high.clip(0, 1),
            index_low=(index - half).clip(lower=0), index_high=(index + half).clip(upper=100),
        ))  # fmt: skip
    return pd.concat(parts).sort_index().drop(columns=["day", "k", "n", "person"])


def reaction(tables: Tables) -> pd.DataFrame:
    """Level 1 of every class by aspect and narasumber; worked out once, for many marts are made of it."""
    if "oracle.reaction" not in tables:
        tables["oracle.reaction"] = level_one(tables)
    return tables["oracle.reaction"].copy()


def level_one(tables: Tables) -> pd.DataFrame:
    """See `reaction`."""
    forms = respondents(tables)
    forms["dissatisfied"] = forms["score"] < 0.5
    forms["straight"] = forms["straight"].astype(int)
    found = forms.groupby(["class_id", "aspect", "instructor_id"], dropna=False, as_index=False).agg(
        n_respondents=("response_id", "nunique"),
        n_answers=("n_answers", "sum"),
        n_forms=("n_forms", "first"),
        n_straight_liners=("straight", "sum"),
        index_0_100=("score", "mean"),
        index_agency=("agency", "mean"),
        squares=("score", lambda x: ((x - x.mean()) ** 2).sum()),
        n_dissatisfied=("dissatisfied", "sum"),
        last_answered_on=("answered_on", "max"),
    )
    found[["index_0_100", "index_agency"]] *= 100
    expected = survey_counts(tables)[["class_id", "n_expected", "n_enrolled"]]
    about = classes(tables)[[*CLASS, "method"]]
    found = found.merge(about, on="class_id").merge(expected, on="class_id", how="left")
    n, k, everybody = found["n_respondents"], found["n_dissatisfied"], found["n_expected"].astype(float)
    found["response_rate"] = share(n, everybody)
    found["dissatisfied_share"] = k / n
    found["wilson_low"], found["wilson_high"] = wilson(k, n, 0.975)
    found["lower_one_sided"] = wilson(k, n, policy(tables, "flag_confidence"))[0]
    found["is_repeated"] = n > found.pop("n_enrolled").astype(float)
    found["dissatisfied_low_bound"] = share(k, everybody)
    found["dissatisfied_high_bound"] = share(k + everybody - n, everybody)
    minimum = policy(tables, "minimum_classes_shrinkage")
    smallest = found["n_respondents"].where(found["instructor_id"].isna(), found.groupby(
        ["class_id", found["instructor_id"].isna()])["n_respondents"].transform("min"))  # fmt: skip
    # What is left out lends nothing to the others.
    large = found[smallest >= MINIMUM_CELL]
    alike = large.groupby([large["method"].fillna("?"), "aspect", large["instructor_id"].isna()])
    found["index_shrunk"] = pd.concat([shrunk(part, minimum) for _, part in alike])
    found = lasting_behind(tables, found, large[~large["is_repeated"]])
    answers = ["n_straight_liners", "share_low", "share_high", "index_low", "index_high", "index_0_100", "index_agency", "n_dissatisfied", "dissatisfied_share", "wilson_low",
               "wilson_high", "lower_one_sided", "dissatisfied_low_bound", "dissatisfied_high_bound", "index_shrunk"]  # fmt: skip
    found["is_whole_class"], found["n_smallest"] = found["instructor_id"].isna(), smallest
    return leave_out(found.drop(columns="squares"), smallest, answers)


def response_counts(tables: Tables) -> pd.DataFrame:
    """Every class with counts of its list of participants; empty without a list."""
    people = tables["core.fact_enrolment"].assign(
        n_withdrawn=lambda x: x["status"] == "withdrawn",
        n_expected=lambda x: x["status"] != "withdrawn",
        n_completed=lambda x: x["status"] == "completed",
        n_attended=lambda x: x["is_attended"].astype("boolean").astype(float),
        n_results=lambda x: x["outcome"].notna() & (x["status"] != "withdrawn"),
        n_enrolled_examined=lambda x: x["outcome"].notna() | (x["status"] == "withdrawn"),
        n_passed=lambda x: x["outcome"] == "lulus",
        n_registered=lambda x: x["status"] == "registered",
        n_enrolled=1,
    )
    examined = ["n_enrolled_examined", "n_passed"]
    counts = ["n_enrolled", "n_withdrawn", "n_expected", "n_completed", "n_registered", "n_results", *examined]
    known = ["n_attended", "n_sessions_known", "n_sessions_attended"]
    by_class = people.groupby("class_id")
    summed = by_class[counts].sum().join(by_class[known].sum(min_count=1)).reset_index()
    is_told = (summed["n_completed"] > 0) | (summed.pop("n_registered") == 0)
    summed["n_completed"] = summed["n_completed"].where(is_told)
    results = summed.pop("n_results")
    summed[examined] = summed[examined].astype(float).mask(results < MINIMUM_CELL)
    summed["n_presence_known"] = (
        summed["class_id"].map(people[people["n_sessions_known"] > 0].groupby("class_id").size()).fillna(0)
    )
    few = summed["n_presence_known"].where(summed["n_presence_known"] > 0, summed["n_enrolled"])
    summed = leave_out(summed, summed["n_enrolled"], ["n_withdrawn", "n_expected", "n_completed", *examined])
    summed = leave_out(summed, summed["n_enrolled"].where(summed["n_enrolled"] < few, few), known)
    return classes(tables)[CLASS].merge(summed, on="class_id", how="left")


def class_participants(tables: Tables) -> pd.DataFrame:
    """The lists of participants, counted."""
    return response_counts(tables).dropna(subset="n_enrolled").astype({"is_suppressed": bool})


def survey_counts(tables: Tables) -> pd.DataFrame:
    """Every class with its list and its forms. More forms than are expected: everybody on the list is, or, of even more, nobody knows."""
    forms = respondents(tables).groupby("class_id")["response_id"].nunique().rename("n_respondents")
    found = response_counts(tables).merge(forms, on="class_id", how="left")
    n, everybody = found["n_respondents"].fillna(0), found["n_enrolled"].where(found["n_expected"].notna())
    found["n_expected"] = found["n_expected"].where(~(n > found["n_expected"]), everybody.mask(n > everybody))
    return found


def response_rates(tables: Tables) -> pd.DataFrame:
    """Attendance and survey response of every class."""
    found = survey_counts(tables)
    found["response_rate"] = share(found["n_respondents"], found["n_expected"])
    found["attendance_share"] = share(found["n_sessions_attended"], found["n_sessions_known"])
    found["survey_state"] = "dijawab"
    found.loc[found["n_respondents"].isna(), "survey_state"] = "belum_ada_jawaban"
    found.loc[found["n_enrolled"].isna(), "survey_state"] = "peserta_tidak_diketahui"
    found["is_suppressed"] = found["is_suppressed"].eq(True)
    return found.drop(columns=["n_withdrawn", "n_completed", "n_enrolled_examined", "n_passed", "n_presence_known"])


def class_scorecard(tables: Tables) -> pd.DataFrame:
    """A class with its participation, its indices, its tests (`marts.learning_gain`) and its cost."""
    judged = reaction(tables).query("instructor_id.isna() and aspect in ['MATERI', 'NARASUMBER', 'OVERALL']")
    indices = judged.pivot(index="class_id", columns="aspect", values="index_0_100")
    indices.columns = ["index_materi", "index_narasumber", "index_overall"]
    columns = ["batch_no", "method", "assignment", "start_date", "end_date", "scheduled_jp", "cost_idr"]
    rates = response_rates(tables)[["class_id", "n_expected", "n_respondents", "response_rate", "attendance_share"]]
    found = (
        response_counts(tables)
        .drop(columns="n_expected")
        .merge(classes(tables)[["class_id", *columns]], on="class_id")
        .merge(rates, on="class_id")
        .merge(indices, on="class_id", how="left")
        .merge(tables["marts.learning_gain"][["class_id", "n_pairs", "gain_class", "hedges_g"]], how="left")
    )
    found["completion_share"] = share(found["n_completed"], found["n_enrolled"])
    found["pass_share"] = share(found["n_passed"], found["n_enrolled_examined"])
    found["cost_per_completed_idr"] = share(found["cost_idr"], found["n_completed"])
    cells = [reaction(tables).query("instructor_id.isna()"), tables["marts.learning_gain"]]
    cells.append(class_participants(tables))
    small = {c for cell in cells for c in cell.loc[cell["is_suppressed"], "class_id"]}
    found = found.drop(columns=["n_presence_known"])
    return found.assign(is_suppressed=found["class_id"].isin(small))


def weighted(frame: pd.DataFrame, columns: list[str], weight: str) -> pd.DataFrame:
    """Program × version: the sum of `weight`, and the means of `columns` weighted by it."""
    sums = frame[columns].mul(frame[weight], axis=0).join(frame[[*VERSION, weight]]).groupby(VERSION).sum()
    return sums[columns].div(sums[weight], axis=0).join(sums[weight]).reset_index()


def half_up(values: pd.Series) -> float:
    """Mean in six decimals. That of two services may lie right between two such numbers: the half goes up."""
    return (2 * int((values * 1e6).round().sum()) + len(values)) // (2 * len(values)) / 1e6


def services(tables: Tables) -> pd.DataFrame:
    """Program × version: the latest indices of the services of its participants' units."""
    units = (
        tables["core.fact_enrolment"]
        .merge(classes(tables)[CLASS], on="class_id")
        .merge(tables["core.dim_unit"][["unit_key", "unit_code"]], on="unit_key")[[*VERSION, "unit_code"]]
        .drop_duplicates()
    )
    index = service_satisfaction_index(tables).dropna(subset="ikm").sort_values(["period_end", "period_start"])
    year = as_of(tables) - pd.DateOffset(years=1)
    index = index[(index["period_end"] <= as_of(tables)) & (index["period_end"] > year)]
    latest = index.groupby(["unit_code", "service"], as_index=False).last()
    served = units.merge(latest, on="unit_code").groupby(VERSION, as_index=False)
    return served.agg(n_services=("ikm", "size"), ikm_mean=("ikm", half_up))


def by_class(tables: Tables) -> tuple[pd.DataFrame, ...]:
    """What is added up of classes: their scorecards, the surveyed ones, those judged as a whole, and the tested ones."""
    rows = class_scorecard(tables)
    rows["n_enrolled"] = rows["n_enrolled"].where(rows["n_completed"].notna())
    surveyed = response_rates(tables).dropna(subset="n_respondents")
    surveyed = surveyed[surveyed["n_enrolled"].isna() | surveyed["n_expected"].notna()]
    judged = reaction(tables).query(
        "instructor_id.isna() and aspect == 'OVERALL' and not is_suppressed and not is_repeated"
    )
    return rows, surveyed, judged, tables["marts.learning_gain"].query("not is_suppressed")


def added_up(rows: pd.DataFrame, surveyed: pd.DataFrame, judged: pd.DataFrame, tested: pd.DataFrame) -> pd.DataFrame:
    """Program × version: participation, reaction and learning of these classes."""
    sums = [
        "n_enrolled",
        "n_completed",
        "n_enrolled_examined",
        "n_passed",
        "n_sessions_known",
        "n_sessions_attended",
        "cost_idr",
    ]
    by_version = rows.groupby(VERSION)
    counts = by_version.agg(n_classes=("class_id", "size"), is_suppressed=("is_suppressed", "any"))
    found = by_version[sums].sum(min_count=1).join(counts).reset_index()
    rates = surveyed.groupby(VERSION)[["n_expected", "n_respondents"]].sum(skipna=False).reset_index()
    overall = judged.groupby(VERSION, as_index=False)["n_dissatisfied"].sum()
    index = weighted(judged, ["index_0_100"], "n_respondents").rename(columns={"n_respondents": "n_judged"})
    learning = weighted(tested, ["pre_mean", "post_mean"], "n_pairs")
    learning["gain"] = share(learning["post_mean"] - learning["pre_mean"], 100 - learning["pre_mean"])
    for part in (rates, overall, index, learning):
        found = found.merge(part, on=VERSION, how="left")
    found["completion_share"] = share(found["n_completed"], found["n_enrolled"])
    found["pass_share"] = share(found["n_passed"], found["n_enrolled_examined"])
    found["attendance_share"] = share(found["n_sessions_attended"], found["n_sessions_known"])
    found["response_rate"] = share(found["n_respondents"], found["n_expected"])
    found["dissatisfied_share"] = share(found["n_dissatisfied"], found["n_judged"])
    means = ["index_0_100", "pre_mean", "post_mean", "gain"]
    # A mean may lie right between two numbers of six decimals: the half goes away from zero.
    far = (found[means].abs() * 10**PROGRAM_DIGITS).round(3)
    found[means] = np.sign(found[means]) * np.floor(far + 0.5) / 10**PROGRAM_DIGITS
    return found


def scorecard_history(tables: Tables) -> pd.DataFrame:
    """Every month up to now by itself: what the classes add up to that had ended on its last day."""
    parts, ended = by_class(tables), classes(tables).set_index("class_id")["ended"]
    months = []
    for month in pd.period_range(ended[ended <= as_of(tables)].min(), as_of(tables), freq="M"):
        last = min(month.end_time.normalize(), as_of(tables))
        over = set(ended.index[ended <= last])
        found = added_up(*(part[part["class_id"].isin(over)] for part in parts))
        months.append(found.assign(month_start=month.start_time, counted_to=last))
    return pd.concat(months, ignore_index=True)


def program_scorecard(tables: Tables) -> pd.DataFrame:
    """A program's version with all levels; flags, tests, behaviour and performance are read from their marts."""
    found = added_up(*by_class(tables))
    flags = tables["marts.curriculum_flag"].assign(
        n_flags_red=lambda x: (x["state"] == "MERAH").astype(int),
        n_flags_yellow=lambda x: (x["state"] == "KUNING").astype(int),
    )
    counts = flags.groupby(VERSION, as_index=False).agg(
        n_flags_red=("n_flags_red", "sum"), n_flags_yellow=("n_flags_yellow", "sum"), hedges_g=("hedges_g", "first")
    )
    behaviour = tables["marts.behaviour_change"].query("observer_role == 'supervisor'")
    left_out = {*behaviour.query("is_suppressed")["program_code"]}
    behaviour = behaviour[["program_code", "n_pairs", "change"]].set_index("program_code").add_prefix("behaviour_")
    effects = tables["marts.performance_effect"].query("outcome == 'numeric_score'")
    effects = effects.sort_values(["n_trained", "design"], ascending=[False, True]).drop_duplicates("program_code")
    left_out |= {*effects.query("is_suppressed")["program_code"]}
    columns = ["design", "n_trained", "n_control", "effect", "ci_low", "ci_high", "claim"]
    effects = effects.set_index("program_code")[columns].add_prefix("performance_")
    names = tables["core.dim_program"][[*VERSION, "competency_area"]]
    for part in (counts, services(tables), names):
        found = found.merge(part, on=VERSION, how="left")
    found = found.join(behaviour, on="program_code").join(effects, on="program_code")
    found["is_suppressed"] |= found["program_code"].isin(left_out)
    found[["n_flags_red", "n_flags_yellow"]] = found[["n_flags_red", "n_flags_yellow"]].fillna(0)
    return found.round({"ikm_mean": PROGRAM_DIGITS})


def observed_months(tables: Tables) -> set[pd.Period]:
    """Months that deliveries of classes and of participants cover: delivered, or with a class's end; two between them are a rhythm."""
    ended = classes(tables)
    ended = ended[ended["ended"] <= as_of(tables)]
    listed = ended[ended["class_id"].isin(tables["core.fact_enrolment"]["class_id"])]
    covered = []
    delivered = tables["ops.delivery"].query("n_accepted > 0")
    for source, rows in (("classes", ended), ("enrolments", listed)):
        sent = delivered.loc[delivered["source"] == source, "month"]
        seen = sorted({*pd.PeriodIndex(sent, freq="M"), *rows["ended"].dt.to_period("M")})
        months = set(seen)
        for month, after in pairwise(seen):
            if (after - month).n <= 3:
                months.update(pd.period_range(month, after, freq="M"))
        covered.append(months)
    return set.intersection(*covered)


def training_hours(tables: Tables) -> pd.DataFrame:
    """Hours of the employees of an office, for each year in which a class ended; of nobody in a year that was not observed."""
    observed = observed_months(tables)
    taken = tables["core.fact_enrolment"].query("status != 'withdrawn'").merge(classes(tables)[["class_id", "ended"]])
    taken = taken[taken["ended"] <= as_of(tables)]
    taken["year"] = taken["ended"].dt.year
    taken["jp"] = taken["certificate_jp"].fillna(taken["attended_jp"])
    hours = taken.groupby(["employee_id", "year"])["jp"].agg(
        least="sum", jp=lambda jp: jp.sum(skipna=False), n_open=lambda jp: jp.isna().sum()
    )
    hours = hours.reset_index().assign(trained=1)
    # Participants of a class that is in no list of classes: it was in the year in which they were listed, or in the one before.
    dated = classes(tables).dropna(subset="ended")["class_id"]
    loose = tables["core.fact_enrolment"].query("status != 'withdrawn'").dropna(subset="listed_in")
    loose = loose[~loose["class_id"].isin(dated)]
    when = loose["listed_in"].dt.year
    loose = pd.concat([loose.assign(year=when), loose.assign(year=when - 1)])[["employee_id", "year"]].drop_duplicates()
    hours = hours.merge(loose.assign(loose=1), on=["employee_id", "year"], how="outer")
    hours["jp"] = hours["jp"].mask(hours["loose"].notna())
    hours["n_open"], hours["least"] = hours["n_open"].fillna(0) + hours["loose"].fillna(0), hours["least"].fillna(0)
    listless = classes(tables)[["class_id", "ended", "planned_participants"]].query("class_id != 'unknown'")
    listless = listless[~listless["class_id"].isin(tables["core.fact_enrolment"]["class_id"])]
    listless = listless[listless["ended"] <= as_of(tables)]
    years = []
    for year in sorted(hours.dropna(subset="trained")["year"].unique()):
        last = pd.Timestamp(year, 12, 31)
        day = min(last, as_of(tables))
        staff, units = (in_force(tables[name], day) for name in ("core.dim_employee", "core.dim_unit"))
        staff = staff.query("employee_key != 'unknown'").merge(units[["unit_code", "opd_code"]], how="left")
        staff["unit_code"] = staff["opd_code"].fillna(staff["unit_code"])
        own = hours[hours["year"] == year][["employee_id", "jp", "least", "n_open", "trained"]].assign(known=1)
        months = pd.period_range(f"{year}-01", f"{year}-12", freq="M")
        seen = [month for month in months if month in observed]
        is_full = last <= day and len(seen) == 12
        is_known = is_full or (last > day and seen == list(months[: len(seen)]) != [])
        staff = staff.merge(own, on="employee_id", how="left")
        staff = staff.assign(year=year, is_full_year=is_full, n_months_observed=len(seen), is_known=is_known)
        staff["jp"] = staff["jp"].where(staff["known"].notna(), 0.0) if is_known else np.nan
        staff["least"] = staff["least"].fillna(0.0) if is_known else np.nan
        staff["is_open"] = staff["n_open"] > 0
        open_classes = listless[listless["ended"].dt.year == year]
        staff["n_listless"] = len(open_classes)
        staff["places"] = open_classes["planned_participants"].sum(skipna=False) if len(open_classes) else 0
        years.append(staff)
    people = pd.concat(years)
    people["floor"] = people["jp"] >= policy(tables, "jp_floor_pns")
    people["short"] = (policy(tables, "jp_floor_pns") - people["jp"]).clip(lower=0)
    people["floor_least"] = people["least"] >= policy(tables, "jp_floor_pns")
    people["over"] = people["least"] > policy(tables, "jp_cap_pppk")
    people["floor_most"] = people["floor_least"] | (people["is_open"] & people["least"].notna())
    people["over_most"] = people["over"] | (people["is_open"] & people["least"].notna())
    found = people.groupby(["unit_code", "year", "employment_type"], as_index=False).agg(
        n_employees=("employee_id", "nunique"),
        n_jp_known=("jp", "count"),
        n_trained=("trained", "count"),
        jp_total=("jp", lambda x: x.sum(min_count=1)),
        jp_median=("jp", "median"),
        n_floor_met=("floor", "sum"),
        jp_short=("short", "sum"),
        n_over_cap=("over", "sum"),
        n_observed=("least", "count"),
        floor_low=("floor_least", "sum"),
        floor_high=("floor_most", "sum"),
        n_over_cap_most=("over_most", "sum"),
        n_classes_without_list=("n_listless", "first"),
        places=("places", "first"),
        is_full_year=("is_full_year", "first"),
        n_months_observed=("n_months_observed", "first"),
        is_known=("is_known", "first"),
    )
    found["n_trained"] = found["n_trained"].where(found.pop("is_known"))
    known = found["n_jp_known"] > 0
    found["n_floor_met"] = found["n_floor_met"].where((found["employment_type"] == "PNS") & known)
    found["jp_short"] = found["jp_short"].where(found["n_floor_met"].notna())
    is_pppk, places = found["employment_type"] == "PPPK", found.pop("places").fillna(found["n_employees"])
    found["n_over_cap"] = found["n_over_cap"].where(is_pppk & (known | (found["n_over_cap"] > 0)))
    observed = found.pop("n_observed")
    for name in ("floor_high", "n_over_cap_most"):
        found[name] = np.minimum(found[name] + places, observed)
    found["n_over_cap_most"] = found["n_over_cap_most"].where(is_pppk & (observed > 0))
    for name in ("floor_low", "floor_high"):
        found[name] = share(found[name], observed).where(found["employment_type"] == "PNS")
    found["floor_share"] = share(found["n_floor_met"], found["n_jp_known"])
    people = found["n_jp_known"].where(found["n_jp_known"] > 0, found["n_employees"])
    for _, office in found.assign(people=people).groupby(["unit_code", "year"]):
        small = office["people"] < MINIMUM_CELL
        if small.any() and not small.all() and office.loc[small, "people"].sum() < MINIMUM_CELL:
            # The office's total less the others would give the one left out: the next smallest goes with it.
            together = office.loc[small, "people"].sum()
            people[office[~small].sort_values(["people", "employment_type"]).index[0]] = together
    found["n_shown"] = people
    hours = [
        "n_trained",
        "jp_total",
        "jp_median",
        "n_floor_met",
        "jp_short",
        "floor_share",
        "floor_low",
        "floor_high",
        "n_over_cap",
    ]
    return leave_out(found, people, [*hours, "n_over_cap_most"])


def observation_window(tables: Tables) -> pd.DataFrame:
    """First and last month of each source, for the city and for the offices that its rows name, from the facts' own days."""
    day, ended = as_of(tables), classes(tables)[["class_id", "ended"]]
    office = tables["core.dim_unit"][["unit_key", "opd_code"]]
    rows = []

    def note(source: str, table: pd.DataFrame, first: str, last: str | None = None) -> None:
        spans = pd.DataFrame(
            {"first": table[first], "last": table[last or first], "opd_code": table.get("opd_code", "semua")}
        )
        spans = spans.dropna().drop_duplicates()
        rows.extend((source, *span) for span in spans[spans["last"] <= day].itertuples(index=False))

    dates = tables["core.dim_date"].set_index("date_key")["date_on"]
    note("classes", ended, "ended")
    note("enrolments", tables["core.fact_enrolment"].merge(ended, on="class_id"), "ended")
    note("sessions", tables["core.dim_session"], "session_date")
    for source, fact, key in (
        ("attendance", "attendance", "date_key"),
        ("survey_responses", "survey_response", "submitted_date_key"),
        ("assessments", "assessment", "assessed_date_key"),
        ("observations", "observation", "observed_date_key"),
        ("follow_ups", "follow_up", "decided_date_key"),
    ):
        note(source, tables[f"core.fact_{fact}"].assign(day=lambda f, key=key: f[key].map(dates)), "day")
    for source, fact, first, last in (
        ("performance", "performance", "period_start", "period_end"),
        ("service_satisfaction", "service_satisfaction", "period_start", "period_end"),
    ):
        note(source, tables[f"core.fact_{fact}"].merge(office, on="unit_key"), first, last)
    seen = {}
    for source, first, last, opd in rows:
        for month in pd.period_range(first, last, freq="M"):
            for name in {opd, "semua"} - {"unknown"}:
                seen.setdefault((source, name), {}).setdefault(month, set()).add(last)
    projects = tables["core.fact_project_progress"].merge(office, on="unit_key").query("month_start <= @day")
    for opd, month in set(zip(projects["opd_code"], projects["month_start"].dt.to_period("M"), strict=True)):
        for name in {opd, "semua"} - {"unknown"}:
            seen.setdefault(("projects", name), {}).setdefault(month, set())
    sent = tables["ops.delivery"].query("n_accepted > 0")
    for source, text in set(zip(sent["source"], sent["month"], strict=True)):
        month = pd.Period(text, "M")
        seen.setdefault((source, "semua"), {}).setdefault(month, set())
        if source == "employees":
            listed = tables["listed"].query("delivery_month == @day", local_dict={"day": month.start_time})
            for opd in set(
                listed.merge(in_force(tables["core.dim_unit"], month.start_time), on="unit_code")["opd_code"]
            ):
                seen.setdefault((source, opd), {}).setdefault(month, set())
    found = []
    for (source, opd), months in seen.items():
        known = sorted(months)
        is_list = source in ("programs", "instructors", "follow_ups")
        steps = [] if is_list else [(after - month).n for month, after in pairwise(known)]
        events = set().union(*months.values())
        end = min(known[-1].end_time.normalize(), day)
        found.append((source, opd, known[0].start_time, known[-1].start_time, (known[-1] - known[0]).n + 1,
                      sum(step - 1 for step in steps if step > 3), max(events, default=end)))  # fmt: skip
    names = ["source", "opd_code", "first_month", "last_month", "n_months", "n_gap_months", "data_through"]
    return pd.DataFrame(found, columns=names)


def service_satisfaction_index(tables: Tables) -> pd.DataFrame:
    """The nine elements, weighted by 1/9 each, times 25; graded on two decimals."""
    answers = tables["core.fact_service_satisfaction"].dropna(subset="score")
    answers = answers.assign(
        points=answers["score"] * answers["n_answers"],
        is_recap=answers.groupby([*PERIOD, "respondent_id"])["n_answers"].transform("max") > 1,
    )
    users = answers.groupby(PERIOD)["n_users"].max()
    for _, both in answers.groupby(PERIOD):
        sizes = {
            (part["element"].nunique(), part.groupby("element")["n_answers"].sum().max(), not is_recap): part.index
            for is_recap, part in both.groupby("is_recap")
        }
        answers = answers.drop(both.index.difference(sizes[max(sizes)]))
    sums = answers.groupby([*PERIOD, "element"], as_index=False)[["points", "n_answers"]].sum()
    sums["nrr"] = sums["points"] / sums["n_answers"]
    means = sums.pivot(index=PERIOD, columns="element", values="nrr").reindex(columns=list(ELEMENTS))
    found = means.add_prefix("nrr_")
    found["n_elements"] = means.notna().sum(axis=1)
    found["n_respondents"] = sums.groupby(PERIOD)["n_answers"].max()
    found["ikm"] = means.sum(axis=1, skipna=False) / 9 * 25
    limits = [-np.inf, 65.00, 76.61, 88.31, np.inf]
    found["grade"] = pd.cut(found["ikm"].round(2), limits, right=False, labels=list("DCBA")).astype(object)
    found["n_users"] = users
    minimum, users = policy(tables, "skm_minimum_respondents"), found["n_users"].astype(float)
    sample = (3.841 * users * 0.25 / (0.0025 * (users - 1) + 3.841 * 0.25)).round()
    found["n_required"] = sample.fillna(minimum).astype(int)
    found["grade"] = found["grade"].where(found["n_respondents"] >= found["n_required"], None)
    low, high = wilson((found["ikm"] - 25) / 75 * found["n_respondents"], found["n_respondents"], 0.975)
    found["ikm_low"], found["ikm_high"] = 25 + 75 * low, 25 + 75 * high
    own = answers.groupby([*PERIOD, "respondent_id"])["score"].mean() * 25
    is_forms = answers.assign(one=answers["n_answers"] == 1).groupby(PERIOD)["one"].all()
    for service, forms in own.groupby(PERIOD):
        if len(forms) >= minimum and is_forms[service]:
            half = stdtrit(len(forms) - 1, 0.975) * forms.std() / np.sqrt(len(forms))
            ends = found.loc[service, "ikm"] - half, found.loc[service, "ikm"] + half
            found.loc[service, ["ikm_low", "ikm_high"]] = np.clip(ends, 25, 100)
    found = found.reset_index()
    day = as_of(tables)
    found["is_newest"] = [
        pd.notna(row["ikm"]) and day - pd.DateOffset(years=1) < row["period_end"] <= day and not any(
            (other["unit_code"], other["service"]) == (row["unit_code"], row["service"]) and pd.notna(other["ikm"])
            and (row["period_end"], row["period_start"]) < (other["period_end"], other["period_start"]) and other["period_end"] <= day
            for _, other in found.iterrows()
        )
        for _, row in found.iterrows()
    ]  # fmt: skip
    return found


def project_context(tables: Tables) -> pd.DataFrame:
    """Every project in its latest month."""
    known = tables["core.fact_project_progress"].query("month_start <= @day", local_dict={"day": as_of(tables)})
    found = known.sort_values("month_start").groupby("project_id").tail(1)
    found = found.merge(tables["core.dim_unit"].query("unit_key != 'unknown'")[["unit_key", "unit_code"]], how="left")
    plan, month, end = found["planned_pct"], found["month_start"].dt, found["planned_end_on"].dt
    found["deviation_pct"] = found["actual_pct"] - plan
    found["realised_share"] = share(found["realised_idr"], found["contract_idr"])
    late = -found["deviation_pct"].round(PROGRAM_DIGITS)
    passes = (month.month == 12) & (found["actual_pct"] < 100) | (end.year > month.year)
    critical = (plan < 70) & (late > 10) | (plan >= 70) & ((late > 5) | (late > 0) & passes)
    found["passes_fiscal_year"], found["is_critical"] = passes, critical
    idle = (plan == 0) & (found["actual_pct"] == 0)
    found["status"] = np.select([critical, idle, late > 0], ["kritis", "belum_mulai", "terlambat"], "sesuai")
    return found.drop(columns=["unit_key", "manager_employee_key", "month_date_key"])


def curriculum_flag_evidence(tables: Tables) -> pd.DataFrame:
    """The ended classes behind each flag; NARASUMBER is judged by name wherever a class names anybody."""
    cells = reaction(tables).merge(classes(tables)[["class_id", "batch_no", "end_date", "ended"]], on="class_id")
    ended = cells["ended"].fillna(cells["last_answered_on"])
    named = cells["class_id"].isin(cells.loc[cells["instructor_id"].notna(), "class_id"])
    apart = (cells["aspect"] == "NARASUMBER") & cells["instructor_id"].isna() & named
    cells = cells[~(ended > as_of(tables)) & ~apart].copy()
    parts = [*VERSION, "aspect", "instructor_id"]
    cells["flag_id"] = [":".join(str(x) for x in row if pd.notna(x)) for row in cells[parts].to_numpy()]
    own = cells["dissatisfied_share"]
    cells["reaches_tolerated"] = (own >= policy(tables, "dissatisfied_tolerated_share")).where(own.notna())
    cells["ended_on"] = ended
    listed = cells["class_id"].map(class_participants(tables).set_index("class_id")["n_expected"])
    cells["n_expected"] = cells["n_expected"].fillna(listed)
    for name, own in {
        "n_observed": "n_respondents", "n_unfavourable": "n_dissatisfied", "unfavourable_share": "dissatisfied_share",
    }.items():  # fmt: skip
        cells[name] = cells[own]
    unknown = ["n_unfavourable", "unfavourable_share", "wilson_low", "wilson_high", "reaches_tolerated"]
    cells[unknown] = cells[unknown].mask(cells["is_repeated"])
    shares = ["dissatisfied_share", "index_0_100", "index_agency", "wilson_low", "wilson_high", "reaches_tolerated"]
    counts = ["batch_no", "end_date", "ended_on", "n_expected", "n_respondents", "n_dissatisfied", "is_suppressed",
              "is_repeated"]  # fmt: skip
    judged = ["n_observed", "n_unfavourable", "unfavourable_share"]
    return pd.concat([cells[["flag_id", "class_id", *parts, *counts, *judged, *shares]], attendance_evidence(tables)])


def class_attendance(tables: Tables) -> pd.DataFrame:
    """Participants who were there in fewer than four fifths of their known sessions, class by class."""
    known = tables["core.fact_attendance"].query("class_key != 'unknown'").dropna(subset="is_present")
    known = known.merge(tables["core.dim_session"][["session_key", "session_date"]], on="session_key")
    people = known.assign(present=known["is_present"].astype(float)).groupby(["class_key", "employee_id"])
    rare = people["present"].mean() < policy(tables, "attendance_minimum_share")
    found = rare.groupby("class_key").agg(["size", "sum"]).set_axis(["n_presence_known", "n_rarely_present"], axis=1)
    found["last_session_on"] = known.groupby("class_key")["session_date"].max()
    found = found.reset_index().merge(classes(tables)[["class_key", *CLASS]], on="class_key").drop(columns="class_key")
    found["n_expected"] = found["class_id"].map(class_participants(tables).set_index("class_id")["n_expected"])
    found["rarely_present_share"] = found["n_rarely_present"] / found["n_presence_known"]
    return leave_out(found, found["n_presence_known"], ["n_rarely_present", "rarely_present_share"])


def attendance_evidence(tables: Tables) -> pd.DataFrame:
    """The ended classes behind each flag of attendance."""
    cells = class_attendance(tables).merge(
        classes(tables)[["class_id", "batch_no", "end_date", "ended"]], on="class_id"
    )
    cells["ended_on"] = cells["ended"].fillna(cells["last_session_on"])
    cells = cells[~(cells["ended_on"] > as_of(tables))]
    k, n = cells["n_rarely_present"].astype(float), cells["n_presence_known"].astype(float)
    low, high = wilson(k, n, 0.975)
    return pd.DataFrame(
        {
            "flag_id": cells["program_code"] + ":" + cells["curriculum_version"] + ":KEHADIRAN",
            "n_observed": n, "n_unfavourable": k, "unfavourable_share": k / n, "is_repeated": False, "wilson_low": low, "wilson_high": high,
            "reaches_tolerated": (k / n >= policy(tables, "attendance_tolerated_share")).where(k.notna()),
            **{name: cells[name] for name in ("class_id", "batch_no", "end_date", "ended_on", "n_expected", "is_suppressed", *VERSION)},
            "aspect": "KEHADIRAN", "instructor_id": None,
        }
    )  # fmt: skip


MARTS: dict[str, tuple[Callable[[Tables], pd.DataFrame], list[str]]] = {
    "reaction": (reaction, ["class_id", "aspect", "instructor_id"]),
    "class_participants": (class_participants, ["class_id"]),
    "response_rates": (response_rates, ["class_id"]),
    "class_scorecard": (class_scorecard, ["class_id"]),
    "program_scorecard": (program_scorecard, VERSION),
    "scorecard_history": (scorecard_history, [*VERSION, "month_start"]),
    "training_hours": (training_hours, ["unit_code", "year", "employment_type"]),
    "observation_window": (observation_window, ["source", "opd_code"]),
    "service_satisfaction_index": (service_satisfaction_index, PERIOD),
    "project_context": (project_context, ["project_id"]),
    "class_attendance": (class_attendance, ["class_id"]),
    "curriculum_flag_evidence": (curriculum_flag_evidence, ["flag_id", "class_id"]),
}


@pytest.fixture(scope="module")
def expected(tables: Tables) -> dict[str, pd.DataFrame]:
    """What every mart should hold."""
    return {mart: oracle(tables) for mart, (oracle, _) in MARTS.items()}


@pytest.mark.parametrize("mart", MARTS)
def test_mart_is_its_definition(tables: Tables, expected: dict[str, pd.DataFrame], mart: str) -> None:
    published, key = tables[f"marts.{mart}"], MARTS[mart][1]
    oracle = with_names(expected[mart], published, tables)
    assert set(oracle.columns) == set(published.columns)
    assert_same(published, oracle, key)


@pytest.mark.parametrize("mart", MARTS)
def test_one_wrong_cell_is_found(tables: Tables, expected: dict[str, pd.DataFrame], mart: str) -> None:
    """What passes as published fails with a millionth more in one cell of any numeric column."""
    published, oracle, key = tables[f"marts.{mart}"], expected[mart], MARTS[mart][1]
    for column in published.select_dtypes("number").columns.difference(key):
        values = published[column].to_numpy(dtype=float, na_value=np.nan, copy=True)
        wrong = np.flatnonzero(~np.isnan(values))[0]
        values[wrong] += 1e-6 * max(1.0, abs(values[wrong]))
        with pytest.raises(AssertionError):
            assert_same(published.assign(**{column: values}), oracle[[*key, column]], key)
