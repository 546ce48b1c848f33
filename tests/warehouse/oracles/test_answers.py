"""The marts that answer what the city asks, computed a second time in plain pandas from their definitions.

What they take from marts that have an oracle of their own (flags, follow-ups, effects, indices) is read from there.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from scipy.special import stdtr, stdtrit

from .conftest import Tables, assert_same, leave_out, with_names
from .test_scores import as_of, classes, in_force, observed_months, policy, share, training_hours

WORDS = {"verdict", "verdict_code", "gain_code", "cost_code"}
"""Words that follow from the numbers; told by hand-written tests."""


def half(error: float, df: float) -> float:
    """Half of a 95 % t interval."""
    return float(stdtrit(df, 0.975)) * error if error > 0 and df > 0 else float("nan")


def seats(tables: Tables) -> pd.DataFrame:
    """Who sat in classes that are over, with the day and the unit and office then."""
    taken = tables["core.fact_enrolment"].query("status != 'withdrawn'")
    taken = taken.merge(classes(tables)[["class_id", "program_code", "start_date", "ended"]], on="class_id")
    taken = taken[taken["ended"] <= as_of(tables)]
    return taken.merge(tables["core.dim_unit"][["unit_key", "unit_code", "opd_code"]], on="unit_key")


def own_classes(tables: Tables) -> dict[str, tuple[pd.Timestamp, pd.Timestamp]]:
    """Unit → last and first day of the first class that was mostly its own."""
    begun: dict[str, tuple[pd.Timestamp, pd.Timestamp]] = {}
    for _, people in seats(tables).groupby("class_id"):
        for unit in set(people["unit_code"]) | set(people["opd_code"]) - {"unknown"}:
            n = int(((people["unit_code"] == unit) | (people["opd_code"] == unit)).sum())
            if n >= policy(tables, "minimum_cell_size") and n / len(people) >= 0.5 and unit != "unknown":
                last, first = people[["ended", "start_date"]].iloc[0]
                day = (last, min(last, first) if first == first else last)
                begun[unit] = min(begun.get(unit, day), day)
    return begun


def service_satisfaction_by_start(tables: Tables) -> pd.DataFrame:
    """Each service before and after its office's own class, against the services of offices without one."""
    index = tables["marts.service_satisfaction_index"].dropna(subset="ikm")
    begun, found = own_classes(tables), []
    for unit, office in tables["core.dim_unit"][["unit_code", "opd_code"]].itertuples(index=False):
        if office in begun:
            begun.setdefault(unit, begun[office])
    for (unit, service), own in index.groupby(["unit_code", "service"]):
        row: dict[str, object] = {
            "unit_code": unit,
            "service": service,
            "trained_on": begun.get(str(unit), (pd.NaT,))[0],
        }
        row |= {"n_periods_before": len(own), "n_periods_after": 0, "n_others": 0}
        if str(unit) in begun:
            day, first = begun[str(unit)]
            changes = []
            within = (index["period_start"] >= own["period_start"].min()) & (
                index["period_end"] <= own["period_end"].max()
            )
            for (other, _), rows in index[within].groupby(["unit_code", "service"]):
                before, after = rows[rows["period_end"] < first]["ikm"], rows[rows["period_start"] > day]["ikm"]
                if other not in begun and len(before) and len(after):
                    changes.append(after.mean() - before.mean())
            before, after = own[own["period_end"] < first]["ikm"], own[own["period_start"] > day]["ikm"]
            row |= {"n_periods_before": len(before), "n_periods_after": len(after), "n_others": len(changes)}
            row |= {
                "ikm_before": before.mean(),
                "ikm_after": after.mean(),
                "change": (change := after.mean() - before.mean()),
            }
            if len(changes) >= 3:
                k, net = len(changes), change - np.mean(changes)
                width = half(np.std(changes, ddof=1) * np.sqrt(1 + 1 / k), k - 1)
                row |= {
                    "others_change": np.mean(changes),
                    "net_change": net,
                    "net_low": net - width,
                    "net_high": net + width,
                }
        found.append(row)
    numbers = ["ikm_before", "ikm_after", "change", "others_change", "net_change", "net_low", "net_high"]
    return pd.DataFrame(found).reindex(
        columns=[
            "unit_code",
            "service",
            "trained_on",
            "n_periods_before",
            "n_periods_after",
            "n_others",
            *numbers,
        ]
    )


def project_months(tables: Tables) -> dict[str, pd.DataFrame]:
    """Program → months of all projects with `since` (months since the manager's class) and `net` (beyond others in the band)."""
    people = tables["core.dim_employee"].query("employee_key != 'unknown'")[["employee_key", "employee_id"]]
    reports = tables["core.fact_project_progress"].dropna(subset="deviation_pct")
    reports = reports[reports["month_start"] <= as_of(tables)]
    reports = reports.merge(people, left_on="manager_employee_key", right_on="employee_key")
    done = tables["core.fact_enrolment"].query("status == 'completed'").merge(classes(tables)[["class_id", "program_code", "ended"]], on="class_id")  # fmt: skip
    done = done[(done["ended"] <= as_of(tables)) & done["employee_id"].isin(reports["employee_id"])]
    listed = tables["core.fact_enrolment"].merge(classes(tables)[["class_id", "program_code"]], on="class_id")
    found = {}
    for program, own in done.groupby("program_code"):
        first = own.groupby("employee_id")["ended"].min()
        rows = reports.assign(trained=reports["employee_id"].map(first))
        rows = rows[
            rows["trained"].notna()
            | ~rows["employee_id"].isin(listed.loc[listed["program_code"] == program, "employee_id"])
        ].copy()
        month, day = rows["month_start"].dt, rows["trained"].dt
        rows["since"] = (month.year - day.year) * 12 + month.month - day.month
        rows["band"] = np.floor(rows["planned_pct"] / 10)
        others = rows[rows["trained"].isna()].pivot_table(index="project_id", columns="band", values="deviation_pct")
        rows["net"] = rows["deviation_pct"] - rows["band"].map(others.mean())
        found[str(program)] = rows
    return found


def spread(rows: pd.DataFrame) -> tuple[int, float]:
    """How many projects of others there are, and the squared error of their mean."""
    each = rows[rows["trained"].isna()].groupby("project_id")["net"].mean()
    return len(each), float(each.var() / len(each)) if len(each) > 1 else float("nan")


def with_error(values: pd.Series, n_others: int, squared: float) -> tuple[float, float, float]:
    """Mean and interval over projects."""
    mean = values.mean()
    width = half(np.sqrt(values.var() / len(values) + squared), min(len(values), n_others) - 1)
    return mean, mean - width, mean + width


def project_deviation_by_month(tables: Tables) -> pd.DataFrame:
    """Month by month from 6 before the class to 12 after."""
    found = []
    for program, rows in project_months(tables).items():
        n_others, squared = spread(rows)
        for since, own in rows[rows["since"].between(-6, 12)].dropna(subset="net").groupby("since"):
            net, low, high = with_error(own["net"], n_others, squared)
            found.append(
                {
                    "program_code": program, "months_since": since, "n_projects": len(own), "n_managers": own["employee_id"].nunique(),
                    "n_others": n_others, "deviation_mean": own["deviation_pct"].mean(), "others_deviation": own["deviation_pct"].mean() - net,
                    "net_deviation": net, "net_low": low, "net_high": high,
                }
            )  # fmt: skip
    frame = pd.DataFrame(found)
    return leave_out(frame, frame["n_managers"], ["deviation_mean", "others_deviation", "net_deviation", "net_low", "net_high"])  # fmt: skip


def project_deviation_change(tables: Tables) -> pd.DataFrame:
    """The mean of the months up to the class against that of the months after it, project by project."""
    found = []
    for program, rows in project_months(tables).items():
        n_others, squared = spread(rows)
        pairs = {}
        for project, own in rows.dropna(subset=["since", "net"]).groupby(["project_id", "employee_id"]):
            before, after = own[own["since"] <= 0]["net"].mean(), own[own["since"] > 0]["net"].mean()
            if before == before and after == after:
                pairs[project] = (before, after, *project)
        if not pairs:
            continue
        both = pd.DataFrame(pairs.values(), columns=["before", "after", "project", "manager"])
        change, low, high = with_error(both["after"] - both["before"], n_others, squared)
        found.append(
            {
                "program_code": program, "n_projects": both["project"].nunique(), "n_managers": both["manager"].nunique(), "n_others": n_others,
                "net_before": both["before"].mean(), "net_after": both["after"].mean(), "change": change, "change_low": low, "change_high": high,
            }
        )  # fmt: skip
    frame = pd.DataFrame(found)
    return leave_out(frame, frame["n_managers"], ["net_before", "net_after", "change", "change_low", "change_high"])


def program_method(tables: Tables) -> pd.DataFrame:
    """Cost and gain of a program's classes by form, and Welch's difference from its other forms."""
    rows = tables["marts.class_scorecard"].assign(method=lambda x: x["method"].fillna("unknown"))
    rows = (
        rows.drop(columns="n_expected")
        .merge(tables["marts.class_participants"][["class_id", "n_expected"]], on="class_id", how="left")
        .astype({"gain_class": float, "index_overall": float, "cost_idr": float, "n_expected": float})
    )
    rows["costed"] = rows["cost_idr"].notna() & (rows["n_expected"] > 0) & ~(rows["start_date"] > as_of(tables))
    rows["each"] = (rows["cost_idr"] / rows["n_expected"]).where(rows["costed"])
    found = []
    for (program, method), own in rows.groupby(["program_code", "method"]):
        part = rows[rows["program_code"] == program]
        other, paid = part[part["method"] != method], own[own["costed"]]
        row = {
            "program_code": program, "method": method, "n_methods": part["method"].nunique(), "n_classes": len(own),
            "n_classes_costed": len(paid), "n_participants": paid["n_expected"].sum(min_count=1), "cost_idr": paid["cost_idr"].sum(min_count=1),
            "n_classes_tested": own["gain_class"].count(), "gain_mean": own["gain_class"].mean(),
            "n_classes_judged": own["index_overall"].count(), "satisfaction_mean": own["index_overall"].mean(),
        }  # fmt: skip
        row["cost_per_participant"] = row["cost_idr"] / row["n_participants"]
        row["cost_low"], row["cost_high"] = fieller(paid["cost_idr"], paid["n_expected"])
        n = row["n_classes_tested"]
        width = half(own["gain_class"].std() / np.sqrt(n), n - 1) if n > 1 else np.nan
        row["gain_low"], row["gain_high"] = row["gain_mean"] - width, row["gain_mean"] + width
        for name, column in (("cost_difference", "each"), ("gain_difference", "gain_class")):
            row |= welch(name, own[column].dropna(), other[column].dropna())
        found.append(row)
    return pd.DataFrame(found)


def fieller(cost: pd.Series, people: pd.Series) -> tuple[float, float]:
    """The ratios that the sums do not contradict: (ΣC − rΣP)² ≤ t²·n·var(C − rP), a quadratic in r."""
    n = len(cost)
    if n < 2:
        return np.nan, np.nan
    t2 = float(stdtrit(n - 1, 0.975)) ** 2
    cov = np.cov(cost, people)
    a = people.sum() ** 2 - t2 * n * cov[1, 1]
    b = cost.sum() * people.sum() - t2 * n * cov[0, 1]
    c = cost.sum() ** 2 - t2 * n * cov[0, 0]
    root = b * b - a * c
    if a <= 0 or root < 0:
        return np.nan, np.nan
    return (b - np.sqrt(root)) / a, (b + np.sqrt(root)) / a


def welch(name: str, a: pd.Series, b: pd.Series) -> dict[str, float]:
    """Difference of means with its interval by Welch and Satterthwaite."""
    value = a.mean() - b.mean()
    if len(a) < 2 or len(b) < 2:
        return {name: value, f"{name}_low": np.nan, f"{name}_high": np.nan}
    x, y = a.var() / len(a), b.var() / len(b)
    width = half(np.sqrt(x + y), (x + y) ** 2 / (x**2 / (len(a) - 1) + y**2 / (len(b) - 1)))
    return {name: value, f"{name}_low": value - width, f"{name}_high": value + width}


def training_gap(tables: Tables) -> pd.DataFrame:
    """Who of today's employees had no class in two years, and what PNS lack to the floor in the newest year."""
    day = as_of(tables)
    since = day - pd.DateOffset(years=2)
    versions = tables["core.dim_employee"].query("employee_key != 'unknown'")
    staff = in_force(versions, day).merge(
        in_force(tables["core.dim_unit"], day)[["unit_code", "opd_code"]], on="unit_code", how="left"
    )
    staff["unit_code"] = staff["opd_code"].fillna(staff["unit_code"])
    # Back from today as long as one version begins where the one before ended.
    since_when = {}
    for person, own in versions.sort_values("valid_from", ascending=False).groupby("employee_id", sort=False):
        begun = own["valid_from"].iloc[0]
        for start, end in own[["valid_from", "valid_to"]].iloc[1:].itertuples(index=False):
            if end != begun:
                break
            begun = start
        since_when[person] = max(begun, own["joined_on"].fillna(begun).iloc[0])
    stays = staff["employee_id"].map(since_when) <= since
    taken = tables["core.fact_enrolment"].query("status != 'withdrawn'")
    taken = taken.merge(classes(tables)[["class_id", "ended"]], how="left")
    taken["ended"] = taken["ended"].fillna(taken["listed_in"])
    recent = taken[(taken["ended"] > since) & (taken["ended"] <= day)]["employee_id"]
    ended = classes(tables)["ended"]
    bare = classes(tables)[(ended > since) & (ended <= day)]["class_id"]
    months = {month for month in observed_months(tables) if since < month.to_timestamp() <= day}
    staff = staff.assign(stays=stays, without=stays & ~staff["employee_id"].isin(recent))
    found = staff[staff["unit_code"] != "unknown"].groupby("unit_code", as_index=False).agg(
        n_employees=("employee_id", "size"), n_staying=("stays", "sum"), n_without_training=("without", "sum")
    )  # fmt: skip
    found["without_share"] = share(found["n_without_training"], found["n_staying"])
    found["n_months_observed"] = len(months)
    found["n_classes_without_list"] = (~bare.isin(tables["core.fact_enrolment"]["class_id"])).sum()
    told = training_hours(tables)
    hours = told.query("employment_type == 'PNS'").sort_values("year").groupby("unit_code").tail(1)
    hours = hours.set_index("unit_code")
    found["year"], found["is_full_year"] = found["unit_code"].map(hours["year"]), found["unit_code"].map(hours["is_full_year"])  # fmt: skip
    is_told = found["unit_code"].isin(told["unit_code"])
    found["n_pns"] = found["unit_code"].map(hours["n_employees"]).fillna(0).where(is_told)
    found["n_floor_known"] = found["unit_code"].map(hours["n_jp_known"]).fillna(0)
    found["n_below_floor"] = found["unit_code"].map(hours["n_jp_known"] - hours["n_floor_met"])
    found["below_floor_share"] = share(found["n_below_floor"], found["n_floor_known"])
    found["jp_missing"] = found["unit_code"].map(hours["jp_short"])
    found["jp_missing_mean"] = share(found["jp_missing"], found["n_floor_known"])
    found["is_suppressed"] = found["unit_code"].map(hours["is_suppressed"]).eq(True)
    found = leave_out(found, found["n_staying"], ["n_without_training", "without_share"])
    people = found["n_floor_known"].where(found["n_floor_known"] > 0, found["n_pns"])
    return leave_out(found, people, ["n_below_floor", "below_floor_share", "jp_missing", "jp_missing_mean"])


GRADES = ("terbukti", "didukung", "tanpa_pengaruh", "perubahan", "tidak_dapat_disimpulkan")


def program_verdict(tables: Tables) -> pd.DataFrame:
    """What comes first of each program: read from its flags, its decisions and its effects."""
    begun = classes(tables)[lambda x: x["start_date"] <= as_of(tables)].sort_values(
        ["start_date", "curriculum_version"]
    )
    flags = tables["marts.curriculum_flag"]
    decided = tables["marts.follow_up_outcome"].sort_values(["decided_on", "action"], ascending=[False, True])
    decided = decided.drop_duplicates("flag_id").set_index("flag_id")
    effects, methods = tables["marts.performance_effect"].query("outcome == 'numeric_score'"), program_method(tables)
    found = []
    for program, own in begun.groupby("program_code"):
        version = own["curriculum_version"].iloc[-1]
        every = flags[flags["program_code"] == program]
        mine = every[every["curriculum_version"] == version]
        open_ = mine[mine["state"].isin(["MERAH", "KUNING"]) & (mine["status"] != "selesai")].copy()
        row: dict[str, object] = {"program_code": program, "curriculum_version": version}
        row |= {"decision": "tidak_ada", "flag_id": None, "flag_state": None, "action": None, "owner": None, "due_on": pd.NaT}  # fmt: skip
        if len(open_):
            open_["late"] = [bool(decided["is_overdue"].get(flag, False)) for flag in open_["flag_id"]]
            rank = {"berlanjut": 0, "terbuka": 1, "ditindaklanjuti": 2}
            keyed = open_.assign(
                a=~open_["late"], b=open_["state"] != "MERAH", c=open_["status"].map(rank), d=-open_["now_low"].fillna(-9)
            ).sort_values(["a", "b", "c", "d", "flag_id"])  # fmt: skip
            first = keyed.iloc[0]
            row["decision"] = "terlambat" if first["late"] else "menunggu" if first["c"] < 2 else "diputuskan"
            row |= {"flag_id": first["flag_id"], "flag_state": first["state"], "action": first["action"]}
            if row["decision"] != "menunggu":
                row |= {"owner": decided["owner"][first["flag_id"]], "due_on": decided["due_on"][first["flag_id"]]}
        row["n_flags_red"] = (open_["state"] == "MERAH").sum()
        row["n_flags_yellow"] = (open_["state"] == "KUNING").sum()
        row["n_resolved"] = (every["status"] == "selesai").sum()
        shown = effects[effects["program_code"] == program].copy()
        shown["rank"] = shown["evidence_grade"].map(GRADES.index)
        best = shown.sort_values(["rank", "n_trained", "design"], ascending=[True, False, True]).head(1)
        row |= {"performance_design": None, "evidence_grade": None, "is_proven": None}
        for one in best.to_dict("records"):
            row |= {"performance_design": one["design"], "evidence_grade": one["evidence_grade"], "is_proven": one["rank"] < 2}  # fmt: skip
        helps = bool((best["rank"] < 2).any() and (best["effect"] > 0).all())
        judged = (mine["state"] != "DATA_KURANG").any()
        row["verdict"] = (
            "perlu_diperbaiki"
            if len(open_)
            else "terbukti_berhasil"
            if helps
            else "belum_terbukti"
            if judged
            else "data_kurang"
        )
        costs = methods[methods["program_code"] == program]
        row |= {"n_classes": costs["n_classes"].sum(), "n_participants": costs["n_participants"].sum(min_count=1), "cost_idr": costs["cost_idr"].sum(min_count=1)}  # fmt: skip
        row["cost_per_participant"] = row["cost_idr"] / row["n_participants"]
        found.append(row)
    return pd.DataFrame(found)


MARTS: dict[str, tuple[Callable[[Tables], pd.DataFrame], list[str]]] = {
    "service_satisfaction_by_start": (service_satisfaction_by_start, ["unit_code", "service"]),
    "project_deviation_by_month": (project_deviation_by_month, ["program_code", "months_since"]),
    "project_deviation_change": (project_deviation_change, ["program_code"]),
    "program_method": (program_method, ["program_code", "method"]),
    "training_gap": (training_gap, ["unit_code"]),
    "program_verdict": (program_verdict, ["program_code"]),
}


@pytest.fixture(scope="module")
def expected(tables: Tables) -> dict[str, pd.DataFrame]:
    """What every mart should hold."""
    return {mart: oracle(tables) for mart, (oracle, _) in MARTS.items()}


@pytest.mark.parametrize("mart", MARTS)
def test_mart_is_its_definition(tables: Tables, expected: dict[str, pd.DataFrame], mart: str) -> None:
    published, key = tables[f"marts.{mart}"], MARTS[mart][1]
    oracle = with_names(expected[mart], published, tables)
    words = set() if mart == "program_verdict" else WORDS
    assert set(oracle.columns) == set(published.columns) - words
    assert_same(published, oracle, key)


@pytest.mark.parametrize("mart", MARTS)
def test_one_wrong_cell_is_found(tables: Tables, expected: dict[str, pd.DataFrame], mart: str) -> None:
    """What passes as published fails with a millionth more in one cell of any numeric column that has one."""
    published, key = tables[f"marts.{mart}"], MARTS[mart][1]
    oracle = expected[mart]
    for column in published.select_dtypes("number").columns.difference(key):
        values = published[column].to_numpy(dtype=float, na_value=np.nan, copy=True)
        for wrong in np.flatnonzero(~np.isnan(values))[:1]:
            values[wrong] += 1e-6 * max(1.0, abs(values[wrong]))
            with pytest.raises(AssertionError):
                assert_same(published.assign(**{column: values}), oracle[[*key, column]], key)


def test_codes_of_forms_follow_corrected_p_values(tables: Tables) -> None:
    """Holm over all rows: the smallest p-value is held to 0.05 ÷ rows, and so on."""
    rows = tables["marts.program_method"]
    for measure in ("gain", "cost"):
        value, low, high = (rows[f"{measure}_difference{end}"] for end in ("", "_low", "_high"))
        assert (rows[f"{measure}_code"].eq("not_comparable") == low.isna()).all()
        # Far more than half an interval away from zero is sure, and an interval that holds zero is not.
        assert rows.loc[(low <= 0) & (high >= 0), f"{measure}_code"].eq("no_difference").all()
        sure = value.abs() > 4 * (high - low)
        assert rows.loc[sure, f"{measure}_code"].isin(["higher", "lower"]).all()


def test_the_t_distribution_is_its_own_inverse() -> None:
    assert stdtr(7, half(1.0, 7)) == pytest.approx(0.975)
