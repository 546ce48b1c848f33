"""What a data analyst would write: one pandas script from the same CSV files to the star and to presence by class, as Parquet.

Text is read, cleaned, judged by the same rules, and joined frame by frame; what is refused goes to one CSV file. Written by hand, so it
has fewer tables than the others, only the spellings that these files have, and none of the columns that need tests or observations.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

FIRST, LAST, UNKNOWN_DAY = (pd.Timestamp(day).as_unit("s") for day in ("1900-01-01", "9999-12-31", "9999-12-30"))
MINIMUM_CELL, RARELY_PRESENT = 5, 0.8
refused: list[pd.DataFrame] = []


def read(home: Path, source: str) -> pd.DataFrame:
    """All files of a source as text; an empty cell is missing."""
    frames = []
    for path in sorted((home / "landing" / source).glob("*/*.csv")):
        frame = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
        frames.append(
            frame.assign(delivery_month=pd.Timestamp(f"{path.parent.name}-01").as_unit("s"), source_file=str(path))
        )
    rows = pd.concat(frames, ignore_index=True)
    for column in rows.columns.drop(["delivery_month", "source_file"]):
        text = rows[column].str.strip()
        rows[column] = text.where(text != "")
    return rows


def keep(source: str, rows: pd.DataFrame, good: pd.Series, key: Sequence[str]) -> pd.DataFrame:
    """The good rows, the latest delivery's where a key comes again; the others are put aside."""
    refused.append(rows[~good].assign(source=source))
    rows = rows[good]
    if rows.duplicated(key).any():
        rows = rows.sort_values(["delivery_month", "source_file"]).drop_duplicates(key, keep="last")
    return rows.reset_index(drop=True)


def mapped(values: pd.Series, make: Callable[[str], str]) -> pd.Series:
    """`make` of each value, once for equal ones."""
    return values.map({value: make(value) for value in values.dropna().unique()})


def person(ids: pd.Series) -> pd.Series:
    """Employee ids as hashes."""
    return mapped(ids, lambda value: hashlib.sha256(value.encode()).hexdigest()[:32])


def key(*parts: pd.Series) -> pd.Series:
    """A surrogate key."""
    text = parts[0].astype(str)
    for part in parts[1:]:
        text = text + "|" + part.astype(str)
    return mapped(text, lambda value: hashlib.md5(value.encode(), usedforsecurity=False).hexdigest()[:16])


def is_nip(ids: pd.Series) -> pd.Series:
    """18 digits that no spreadsheet rounded."""
    return ids.str.fullmatch("[0-9]{18}").fillna(False).astype(bool) & ~ids.str.endswith("000").fillna(True).astype(
        bool
    )


def words(values: pd.Series, other: dict[str, str] | None = None) -> pd.Series:
    """Code words as they are meant."""
    text = values.str.lower().str.replace("-", "_")
    return text.replace(other) if other else text


def day(values: pd.Series) -> pd.Series:
    """Dates; missing where there is none."""
    return pd.to_datetime(values, errors="coerce", format="%Y-%m-%d").astype("datetime64[s]")


def within(values: pd.Series, low: float, high: float = np.inf) -> pd.Series:
    """Missing or in the range."""
    return values.isna() | values.between(low, high)


def history(rows: pd.DataFrame, of: str, columns: list[str]) -> pd.DataFrame:
    """Versions out of monthly pictures: a new one whenever a column changes or a month is missing."""
    months = sorted(rows["delivery_month"].unique())
    rows = rows.assign(seq=rows["delivery_month"].map({month: n for n, month in enumerate(months)}))
    rows = rows.sort_values([of, "delivery_month"])
    before = rows.groupby(of)[["seq", *columns]].shift()
    starts = before["seq"].isna() | (rows["seq"] != before["seq"] + 1)
    for column in columns:
        now, then = rows[column], before[column]
        starts |= (now.isna() != then.isna()) | (now.notna() & then.notna() & (now != then))
    rows["version"] = starts.groupby(rows[of]).cumsum()
    versions = rows.groupby([of, "version"]).agg(
        **{column: (column, "first") for column in columns},
        valid_from=("delivery_month", "min"),
        last=("seq", "max"),
    )
    versions = versions.reset_index()
    versions["valid_from"] = versions["valid_from"].where(versions["version"] > 1, FIRST)
    versions["valid_to"] = versions["last"].map(dict(enumerate([*months[1:], LAST]))).astype("datetime64[s]")
    versions["is_current"] = versions["last"] == len(months) - 1
    return versions.drop(columns=["version", "last"])


def as_of(rows: pd.DataFrame, on: pd.Series, versions: pd.DataFrame, by: str) -> pd.DataFrame:
    """The version that held on a day, row for row; missing where none did. `valid_through` is its last day."""
    asked = pd.DataFrame({by: rows[by].to_numpy(), "on": on.fillna(UNKNOWN_DAY).to_numpy().astype("datetime64[s]")})
    asked = asked.reset_index().dropna(subset=[by]).sort_values("on")
    found = pd.merge_asof(asked, versions.sort_values("valid_from"), left_on="on", right_on="valid_from", by=by)
    found = found.loc[found["on"] <= found["valid_through"]].set_index("index")
    return found.reindex(range(len(rows)))


def date_key(days: pd.Series) -> pd.Series:
    """yyyymmdd; 0 where the calendar has no such day."""
    known = days.between(pd.Timestamp("2000-01-01"), pd.Timestamp("2050-12-31"))
    return (days.dt.year * 10000 + days.dt.month * 100 + days.dt.day).where(known, 0).astype("int64")


def unknown(rows: pd.DataFrame, **values: object) -> pd.DataFrame:
    """The rows and the member that stands for what is not known."""
    return pd.concat([rows, pd.DataFrame([values])], ignore_index=True)


def dimensions(home: Path) -> dict[str, pd.DataFrame]:
    """Units, people, programs, classes, sessions with their keys."""
    made = {}
    rows = read(home, "units")
    rows = keep(
        "units",
        rows,
        rows[["unit_code", "unit_name", "unit_type"]].notna().all(axis=1),
        ["unit_code", "delivery_month"],
    )
    rows["unit_type"] = words(rows["unit_type"])
    line = [rows[["unit_code", "unit_name", "parent_unit_code"]]]
    above = rows[["unit_code", "unit_name", "parent_unit_code", "delivery_month"]]
    for _ in range(4):
        child = line[-1][["parent_unit_code"]].assign(delivery_month=rows["delivery_month"])
        line.append(
            child.rename(columns={"parent_unit_code": "unit_code"}).merge(
                above, on=["unit_code", "delivery_month"], how="left"
            )
        )
        line[-1].loc[line[-1]["unit_name"].isna(), "unit_code"] = None
    rows["depth"] = sum(step["unit_code"].notna().astype(int) for step in line[1:])
    for name in ("code", "name"):
        rows[f"opd_{name}"] = line[0][f"unit_{name}"]
        for depth in (2, 3, 4):
            rows[f"opd_{name}"] = rows[f"opd_{name}"].where(rows["depth"] != depth, line[depth - 1][f"unit_{name}"])
    units = history(rows, "unit_code", ["unit_name", "unit_type", "parent_unit_code", "opd_code", "opd_name", "depth"])
    units["unit_key"] = key(units["unit_code"], units["valid_from"].dt.strftime("%Y-%m-%d"))

    rows = read(home, "employees")
    good = is_nip(rows["employee_id"]) & rows[["unit_code", "position_group", "employment_type"]].notna().all(axis=1)
    rows = keep("employees", rows, good, ["employee_id", "delivery_month"])
    rows["employee_id"] = person(rows["employee_id"])
    columns = ["employment_type", "unit_code", "position_title", "position_group", "grade", "education_level"]
    people = history(rows, "employee_id", columns)
    people["employee_key"] = key(people["employee_id"], people["valid_from"].dt.strftime("%Y-%m-%d"))
    through = units.assign(valid_through=units["valid_to"] - pd.Timedelta(days=1))
    versions = through[["unit_code", "valid_from", "valid_through", "unit_key"]]
    people["unit_key"] = as_of(people, people["valid_from"], versions, "unit_code")["unit_key"].fillna("unknown")

    # A person's time is cut where the person or the unit changes.
    pairs = people[["employee_key", "unit_code", "valid_from", "valid_to"]].merge(
        units[["unit_code", "valid_from", "valid_to"]], on="unit_code", suffixes=("", "_unit")
    )
    cuts = [people[["employee_key", "valid_from"]].rename(columns={"valid_from": "cut"})]
    for edge in ("valid_from_unit", "valid_to_unit"):
        inside = pairs[(pairs[edge] > pairs["valid_from"]) & (pairs[edge] < pairs["valid_to"])]
        cuts.append(inside[["employee_key", edge]].rename(columns={edge: "cut"}))
    spans = pd.concat(cuts).drop_duplicates().merge(people, on="employee_key").sort_values(["employee_key", "cut"])
    spans["valid_to"] = spans.groupby("employee_key")["cut"].shift(-1).fillna(spans["valid_to"]).astype("datetime64[s]")
    spans["valid_from"] = spans["cut"]
    spans = spans.reset_index(drop=True)
    spans["unit_key"] = as_of(spans, spans["valid_from"], versions, "unit_code")["unit_key"].fillna("unknown")
    spans["valid_through"] = (spans["valid_to"] - pd.Timedelta(days=1)).astype("datetime64[s]")
    gone = spans.sort_values("valid_from").drop_duplicates("employee_id", keep="last")
    gone = gone[gone["valid_to"] < LAST].assign(valid_from=UNKNOWN_DAY, valid_through=UNKNOWN_DAY)
    bridge = pd.concat([spans, gone])[["employee_id", "valid_from", "valid_through", "employee_key", "unit_key"]]

    rows = read(home, "programs")
    rows = keep(
        "programs",
        rows,
        rows[["program_code", "program_name", "curriculum_version"]].notna().all(axis=1),
        ["program_code", "curriculum_version"],
    )
    rows["version_valid_from"] = day(rows["version_valid_from"])
    number = rows["curriculum_version"].str.split(".", expand=True).reindex(columns=[0, 1]).fillna("")
    rows["major"], rows["minor"] = (number[part].str.rjust(40, "0") for part in (0, 1))
    order = ["program_code", "version_valid_from", "major", "minor", "curriculum_version"]
    rows = rows.sort_values(order, na_position="first").drop(columns=["major", "minor"])
    rows["version_no"] = rows.groupby("program_code").cumcount() + 1
    rows["version_valid_to"] = rows.groupby("program_code")["version_valid_from"].shift(-1)
    rows["is_current"] = ~rows.duplicated("program_code", keep="last")
    rows["program_key"] = key(rows["program_code"], rows["curriculum_version"])
    programs = rows.drop(columns=["delivery_month", "source_file"])

    rows = read(home, "classes")
    for column in ("batch_no", "scheduled_jp", "planned_participants", "cost_idr"):
        rows[column] = pd.to_numeric(rows[column], errors="coerce")
    good = rows[["class_id", "program_code", "curriculum_version"]].notna().all(axis=1)
    good &= (
        within(rows["batch_no"], 1)
        & within(rows["scheduled_jp"], 0)
        & within(rows["planned_participants"], 0)
        & within(rows["cost_idr"], 0)
    )
    rows = keep("classes", rows, good, ["class_id"])
    rows["start_date"], rows["end_date"] = day(rows["start_date"]), day(rows["end_date"])
    rows["ended_on"] = rows["end_date"].fillna(rows["start_date"])
    rows["class_key"] = key(rows["class_id"])
    classes = rows.merge(programs[["program_code", "curriculum_version", "program_key"]], how="left")
    classes["program_key"] = classes["program_key"].fillna("unknown")

    rows = read(home, "sessions")
    for column in ("session_no", "jp"):
        rows[column] = pd.to_numeric(rows[column], errors="coerce")
    good = (
        rows[["class_id", "session_no"]].notna().all(axis=1)
        & within(rows["session_no"], 1, 500)
        & within(rows["jp"], 0, 24)
    )
    rows = keep("sessions", rows, good, ["class_id", "session_no"])
    rows["session_no"] = rows["session_no"].astype("int64")
    rows["session_date"] = day(rows["session_date"])
    rows["session_key"] = key(rows["class_id"], rows["session_no"])
    sessions = rows.merge(classes[["class_id", "class_key"]], on="class_id", how="left")
    sessions["class_key"] = sessions["class_key"].fillna("unknown")

    made["core.dim_unit"] = unknown(
        units, unit_key="unknown", unit_code="unknown", valid_from=FIRST, valid_to=LAST, is_current=True
    )
    made["core.dim_employee"] = unknown(
        people, employee_key="unknown", valid_from=FIRST, valid_to=LAST, is_current=True
    )
    made["core.bridge_employee_unit"] = bridge
    made["core.dim_program"] = unknown(programs, program_key="unknown", program_code="unknown", is_current=True)
    made["core.dim_class"] = unknown(classes, class_key="unknown", class_id="unknown")
    made["core.dim_session"] = unknown(
        sessions, session_key="unknown", class_id="unknown", class_key="unknown", session_no=0
    )
    return made


def facts(home: Path, made: dict[str, pd.DataFrame]) -> None:
    """Attendance, enrolments and answers, each with the keys of who, where and when."""
    classes = made["core.dim_class"].iloc[:-1]
    sessions = made["core.dim_session"].iloc[:-1]
    bridge = made["core.bridge_employee_unit"]

    rows = read(home, "attendance")
    rows["session_no"] = pd.to_numeric(rows["session_no"], errors="coerce")
    rows["status"] = words(rows["status"])
    good = (
        is_nip(rows["employee_id"])
        & rows[["class_id", "session_no", "status"]].notna().all(axis=1)
        & (rows["session_no"] >= 1)
    )
    rows = keep("attendance", rows, good, ["class_id", "session_no", "employee_id"])
    rows["session_no"] = rows["session_no"].astype("int64")
    rows["employee_id"] = person(rows["employee_id"])
    rows = rows.drop(columns=["delivery_month", "source_file"])
    rows = rows.merge(classes[["class_id", "class_key", "start_date"]], on="class_id", how="left")
    rows = rows.merge(
        sessions[["class_id", "session_no", "session_key", "session_date", "jp"]],
        on=["class_id", "session_no"],
        how="left",
    )
    held = as_of(rows, rows["session_date"].fillna(rows["start_date"]), bridge, "employee_id")
    rows["employee_key"], rows["unit_key"] = held["employee_key"], held["unit_key"]
    rows["date_key"] = date_key(rows["session_date"])
    rows["is_present"] = (rows["status"] == "hadir").astype("boolean").mask(rows["status"] == "unknown")
    rows["status"] = rows["status"].replace({"sakit": "absen_beralasan"})
    names = ["session_key", "class_key", "employee_key", "unit_key"]
    rows[names] = rows[names].fillna("unknown")
    attendance = made["core.fact_attendance"] = rows

    known, there = rows["status"] != "unknown", rows["status"] == "hadir"
    presence = rows.assign(
        n_sessions_known=known.astype("int64"),
        n_sessions_attended=there.astype("int64"),
        unsigned=(~known).astype("int64"),
        without=(there & rows["jp"].isna()).astype("int64"),
        planned=(rows["session_key"] != "unknown").where(rows["jp"].fillna(1) > 0, False).astype("int64"),
        attended_jp=rows["jp"].where(there, 0.0).fillna(0.0),
        first_attended_on=rows["session_date"].where(there),
    )
    presence = presence.groupby(["class_id", "employee_id"], as_index=False).agg(
        n_sessions_known=("n_sessions_known", "sum"),
        n_sessions_attended=("n_sessions_attended", "sum"),
        unsigned=("unsigned", "sum"),
        without=("without", "sum"),
        planned=("planned", "sum"),
        attended_jp=("attended_jp", "sum"),
        first_attended_on=("first_attended_on", "min"),
    )

    rows = read(home, "survey_responses")
    for column in ("score", "scale_min", "scale_max"):
        rows[column] = pd.to_numeric(rows[column], errors="coerce")
    rows["aspect"] = rows["aspect"].str.upper()
    good = rows[["response_id", "class_id", "aspect", "item_code", "scale_min", "scale_max"]].notna().all(axis=1)
    good &= rows["score"].isna() | rows["score"].between(rows["scale_min"], rows["scale_max"])
    rows = keep("survey_responses", rows, good, ["response_id", "aspect", "item_code", "instructor_id"])
    rows["response_id"] = person(rows["response_id"])
    submitted = pd.to_datetime(rows["submitted_at"], errors="coerce").dt.normalize().astype("datetime64[s]")
    surveyed = submitted.groupby(rows["class_id"]).min()
    rows = rows.merge(classes[["class_id", "class_key", "program_key"]], on="class_id", how="left")
    rows[["class_key", "program_key"]] = rows[["class_key", "program_key"]].fillna("unknown")
    rows["instructor_key"] = key(rows["instructor_id"].fillna("none")).where(rows["instructor_id"].notna(), "none")
    nobody = rows["instructor_id"].isna() & (rows["aspect"] == "NARASUMBER")
    rows["instructor_key"] = rows["instructor_key"].mask(nobody, "unknown")
    rows["submitted_date_key"] = date_key(submitted)
    rows["score_share"] = (rows["score"] - rows["scale_min"]) / (rows["scale_max"] - rows["scale_min"])
    rows["agency_share"] = rows["score"] / rows["scale_max"]
    rows["is_dissatisfied"] = (rows["score_share"] < 0.5).astype("boolean").mask(rows["score_share"].isna())
    made["core.dim_survey_item"] = unknown(
        rows[["item_code", "aspect", "scale_min", "scale_max"]].drop_duplicates(), item_code="unknown", aspect="unknown"
    )
    made["core.fact_survey_response"] = rows.drop(columns=["delivery_month", "source_file", "submitted_at", "comment"])

    rows = read(home, "enrolments")
    rows["certificate_jp"] = pd.to_numeric(rows["certificate_jp"], errors="coerce")
    rows["status"], rows["outcome"] = words(rows["status"]), words(rows["outcome"])
    good = (
        is_nip(rows["employee_id"])
        & rows[["class_id", "status"]].notna().all(axis=1)
        & within(rows["certificate_jp"], 0)
    )
    rows = keep("enrolments", rows, good, ["class_id", "employee_id"])
    rows["employee_id"] = person(rows["employee_id"])
    rows = rows[rows["status"].isin(["registered", "completed", "withdrawn"])].reset_index(drop=True)
    rows = rows.merge(
        classes[["class_id", "class_key", "program_key", "start_date", "end_date"]], on="class_id", how="left"
    )
    held = as_of(rows, rows["start_date"], bridge, "employee_id")
    rows["employee_key"], rows["unit_key"] = held["employee_key"], held["unit_key"]
    names = ["class_key", "program_key", "employee_key", "unit_key"]
    rows[names] = rows[names].fillna("unknown")
    rows["start_date_key"], rows["end_date_key"] = date_key(rows["start_date"]), date_key(rows["end_date"])
    rows = rows.merge(presence, on=["class_id", "employee_id"], how="left")
    seen = rows["n_sessions_known"] > 0
    rows["n_sessions_attended"] = rows["n_sessions_attended"].where(seen)
    # A session of the timetable of which no list came is as unknown as one that is not signed.
    timetable = sessions[sessions["jp"].fillna(1) > 0].groupby("class_id").size()
    whole = seen & (rows["unsigned"] == 0) & (rows["planned"] == rows["class_id"].map(timetable).fillna(0))
    rows["attended_jp"] = rows["attended_jp"].where(whole & (rows["without"] == 0))
    there = rows["n_sessions_attended"] > 0
    rows["is_attended"] = there.astype("boolean").mask(~there & ~whole)
    rows["class_surveyed_on"] = rows["class_id"].map(surveyed)
    reviews = performance(home, made)
    reviews = rows[["class_id", "employee_id", "end_date"]].merge(
        reviews[["employee_id", "period_start", "period_end"]], on="employee_id"
    )
    reviews = reviews[reviews["period_start"] > reviews["end_date"]]
    reviewed = reviews.groupby(["class_id", "employee_id"], as_index=False).agg(reviewed_on=("period_end", "min"))
    rows = rows.merge(reviewed, on=["class_id", "employee_id"], how="left")
    made["core.fact_enrolment"] = rows.drop(
        columns=["delivery_month", "source_file", "start_date", "end_date", "without", "certificate_no"]
    )
    marts(made, attendance, rows)


def performance(home: Path, made: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Ratings of people."""
    rows = read(home, "performance")
    for column in ("period_start", "period_end"):
        rows[column] = day(rows[column])
    rows["numeric_score"] = pd.to_numeric(rows["numeric_score"], errors="coerce")
    good = is_nip(rows["employee_id"]) & rows[["period_start", "period_end", "regime"]].notna().all(axis=1)
    rows = keep("performance", rows, good, ["employee_id", "period_start", "period_end"])
    rows["employee_id"] = person(rows["employee_id"])
    held = as_of(rows, rows["period_end"], made["core.bridge_employee_unit"], "employee_id")
    for column in ("employee_key", "unit_key"):
        rows[column] = held[column].fillna("unknown")
    rows["period_end_date_key"] = date_key(rows["period_end"])
    made["core.fact_performance"] = rows.drop(columns=["delivery_month", "source_file"])
    return rows


def marts(made: dict[str, pd.DataFrame], attendance: pd.DataFrame, enrolments: pd.DataFrame) -> None:
    """Participants and presence by class."""
    classes = made["core.dim_class"].iloc[:-1]
    of_class = enrolments.assign(
        expected=enrolments["status"] != "withdrawn",
        withdrawn=enrolments["status"] == "withdrawn",
        completed=enrolments["status"] == "completed",
        registered=enrolments["status"] == "registered",
    ).groupby("class_id")
    counted = of_class.agg(
        n_enrolled=("employee_id", "size"),
        n_expected=("expected", "sum"),
        n_withdrawn=("withdrawn", "sum"),
        n_completed=("completed", "sum"),
        n_registered=("registered", "sum"),
        n_sessions_known=("n_sessions_known", "sum"),
    ).reset_index()
    is_told = (counted["n_completed"] > 0) | (counted.pop("n_registered") == 0)
    counted["n_completed"] = counted["n_completed"].where(is_told)
    made["marts.class_participants"] = counted[counted["class_id"].isin(classes["class_id"])]
    known = attendance[attendance["is_present"].notna()]
    people = known.groupby(["class_id", "employee_id"], as_index=False).agg(
        n_known=("session_no", "size"), n_present=("is_present", "sum"), last_session_on=("session_date", "max")
    )
    people["rarely"] = people["n_present"] / people["n_known"] < RARELY_PRESENT
    presence = people.groupby("class_id", as_index=False).agg(
        n_presence_known=("employee_id", "size"),
        n_rarely_present=("rarely", "sum"),
        last_session_on=("last_session_on", "max"),
    )
    presence = presence.merge(counted[["class_id", "n_expected"]], on="class_id", how="left")
    small = presence["n_presence_known"] < MINIMUM_CELL
    presence["n_rarely_present"] = presence["n_rarely_present"].mask(small)
    presence["rarely_present_share"] = presence["n_rarely_present"] / presence["n_presence_known"]
    made["marts.class_attendance"] = presence[presence["class_id"].isin(classes["class_id"])]


def run(home: Path, target: Path) -> None:
    """Write every table below `target` as Parquet, and what was refused as one CSV file."""
    refused.clear()
    made = dimensions(home)
    facts(home, made)
    for table, rows in made.items():
        path = target / f"{table.replace('.', '/')}.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        rows.to_parquet(path, index=False)
    pd.concat(refused).to_csv(target / "refused.csv", index=False)


if __name__ == "__main__":
    run(Path(sys.argv[1]), Path(sys.argv[2]))
