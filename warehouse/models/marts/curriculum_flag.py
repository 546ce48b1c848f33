"""Which curricula, narasumber and services need action.

---
description: >
  One flag per program, curriculum version and aspect; for aspect NARASUMBER one per narasumber. Judged on all answers up
  to the as-of date by the policy's values, corrected for the number of flags of the aspect judged at once (Benjamini and Hochberg).
  The limits of the index are those of index_agency, the scale of PermenPANRB 14/2017.
grain: program × curriculum version × aspect (× narasumber)
key: [flag_id]
metrics: {n_red: "count(case when state = 'MERAH' then 1 end)", n_yellow: "count(case when state = 'KUNING' then 1 end)"}
columns:
  flag_id:
  program_code:
  curriculum_version:
  aspect:
  instructor_id: {nullable: true, description: "Narasumber judged; empty for other aspects."}
  state: {type: text, description: "DATA_KURANG: too few answers to judge. MERAH: act. KUNING: review. HIJAU: keep.", label: "Status tanda", values: {DATA_KURANG: [], HIJAU: [], KUNING: [], MERAH: []}}
  cause: {type: text, description: "Where the cause lies; empty where nothing is flagged or causes cannot be told apart.", label: "Sumber masalah", values: {kurikulum: [], narasumber: [], metode: [], penyelenggara: []}, nullable: true}
  cause_instructor_id: {type: text, description: "Narasumber in whose classes the dissatisfaction is found, where the cause is one.", label: "Narasumber terkait", nullable: true}
  action: {type: text, description: "What to do, in Bahasa Indonesia.", label: "Tindakan"}
  reason: {type: text, description: "The numbers behind the state, in one sentence.", label: "Alasan"}
  contradiction: {type: text, description: "Where liking and learning disagree: disliked but effective, or liked but ineffective.", label: "Pertentangan", values: {tidak_disukai_tetapi_efektif: [], disukai_tetapi_tidak_efektif: []}, nullable: true}
  status: {type: text, description: "Life of the flag: open, followed up, resolved or persisting by later batches; none where nothing is flagged.", label: "Tindak lanjut", values: {terbuka: [], ditindaklanjuti: [], selesai: [], berlanjut: [], tidak_ada: []}}
  opened_on: {type: date, description: "End of the class with which the evidence so far first made the flag yellow or red.", label: "Dibuka pada", nullable: true}
  n_classes:
  n_classes_flagged: {type: integer, description: "Classes whose own share dissatisfied reaches the tolerated share.", label: "Jumlah kelas bermasalah", unit: classes, minimum: 0}
  is_suppressed: {description: "True where classes that are too small to be shown are left out of the judgement."}
  n_expected:
  n_respondents:
  n_dissatisfied: {nullable: true}
  dissatisfied_share:
  wilson_low: {description: "One-sided lower Wilson bound of dissatisfied_share at the policy's confidence."}
  index_0_100:
  index_agency:
  p_value: {type: number, description: "One-sided exact binomial p-value against the tolerated share; empty where the flag is not judged.", label: "Nilai p", minimum: 0, maximum: 1, nullable: true}
  q_value: {type: number, description: "p_value after Benjamini and Hochberg over the flags judged of the same aspect.", label: "Nilai q", minimum: 0, maximum: 1, nullable: true}
  n_pairs: {description: "People with pre-test and post-test in the classes of the program and version."}
  hedges_g: {description: "Learning in the classes of the program and version: mean gain over the pooled within-class standard deviation, corrected (J)."}
  tolerated_share: {type: number, description: "Tolerated share dissatisfied, of the policy.", label: "Toleransi", unit: "share 0–1"}
  index_red: {type: number, description: "index_agency below which a flag is red, of the policy.", label: "Batas merah", unit: points}
  index_yellow: {type: number, description: "index_agency below which a flag is yellow, of the policy.", label: "Batas kuning", unit: points}
  rule_version: {type: text, description: "Version of the policy values used.", label: "Versi aturan"}
---
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from warehouse.evaluation import statistics as st

POLICIES = (
    "dissatisfied_tolerated_share", "flag_confidence", "flag_false_discovery_rate", "flag_index_red",
    "flag_index_yellow", "minimum_respondents", "minimum_respondents_judged", "minimum_response_rate",
    "minimum_batches_instructor", "minimum_respondents_instructor", "flag_effective_g", "flag_ineffective_g",
)  # fmt: skip
LEARNT = ("MATERI", "METODE", "MANFAAT", "OVERALL")
"""Aspects that learning may contradict."""

INPUTS = {
    "cells": """
        select
            r.class_id, c.program_code, c.curriculum_version, r.aspect, r.instructor_id, r.n_expected, r.n_respondents,
            r.n_dissatisfied, r.index_0_100, r.index_agency, r.is_suppressed,
            coalesce(c.end_date, c.start_date, r.last_answered_on) as ended_on
        from marts.reaction as r
        inner join core.dim_class as c on r.class_id = c.class_id
        cross join ops.run as u
        where r.n_respondents > 0 and coalesce(c.end_date, c.start_date, r.last_answered_on, u.as_of) <= u.as_of
    """,
    "teachers": """
        select s.class_id, i.instructor_id
        from core.dim_session as s
        inner join core.dim_instructor as i on s.instructor_key = i.instructor_key
        where i.instructor_key <> 'unknown'
        union
        select class_id, instructor_id from marts.reaction where instructor_id is not null
    """,
    "learning": """
        select program_code, curriculum_version, class_id, n_pairs, pre_mean, post_mean, pre_sd, post_sd
        from marts.learning_gain
        where n_pairs >= 2 and not is_suppressed
    """,
    "follow_ups": """
        select f.flag_id, f.action, f.owner, f.decided_on, f.due_on, f.done_on, f.new_curriculum_version
        from core.fact_follow_up as f
        cross join ops.run as r
        where f.decided_on <= r.as_of
    """,
    "policy": "select policy, value, version from ops.policy",
}


def model(
    *,
    cells: pd.DataFrame,
    teachers: pd.DataFrame,
    learning: pd.DataFrame,
    follow_ups: pd.DataFrame,
    policy: pd.DataFrame,
) -> pd.DataFrame:
    """Every flag with its state, cause, action and life."""
    limits = st.policy_values(policy)
    every = evidence(cells)
    rows = st.shown(every, ["flag_id"])
    flags = pool(rows, ["flag_id", "program_code", "curriculum_version", "aspect", "instructor_id"])
    judge(flags, limits, adjust=True)
    flags = flags.merge(_flagged_classes(rows, limits), on="flag_id", how="left")
    flags["state"] = [_held_back(row, limits) for row in st.records(flags)]
    flags = flags.merge(_learning(learning), on=["program_code", "curriculum_version"], how="left")
    flags["n_pairs"] = flags["n_pairs"].fillna(0).astype(int)
    flags["contradiction"] = st.text(_contradiction(row, limits) for row in st.records(flags))
    causes = _causes(flags, rows, teachers, limits)
    flags["cause"] = st.text(causes.get(flag, (None, None))[0] for flag in flags["flag_id"])
    flags["cause_instructor_id"] = st.text(causes.get(flag, (None, None))[1] for flag in flags["flag_id"])
    flags["action"] = [_action(row, limits) for row in st.records(flags)]
    flags["reason"] = [_reason(row, limits) for row in st.records(flags)]
    lives = life(outcomes(follow_ups, flags, every, limits))
    is_open = flags["state"].isin(["MERAH", "KUNING"])
    flags["status"] = [
        lives.get(f, "terbuka") if o else "tidak_ada" for f, o in zip(flags["flag_id"], is_open, strict=True)
    ]
    opened = _opened(rows, limits)
    flags["opened_on"] = [opened.get(f) if o else None for f, o in zip(flags["flag_id"], is_open, strict=True)]
    flags["opened_on"] = pd.to_datetime(flags["opened_on"])
    flags["is_suppressed"] = flags["flag_id"].isin(every.loc[every["is_suppressed"], "flag_id"])
    flags["tolerated_share"] = limits["dissatisfied_tolerated_share"]
    flags["index_red"], flags["index_yellow"] = limits["flag_index_red"], limits["flag_index_yellow"]
    flags["rule_version"] = st.policy_version(policy, POLICIES)
    return st.rounded(flags)


def evidence(cells: pd.DataFrame) -> pd.DataFrame:
    """The class rows that flags are made of, each with its `flag_id`.

    NARASUMBER counts per narasumber; where a class's form names none, for the class as a whole.
    """
    rows = cells.copy()
    about_person = rows["instructor_id"].notna()
    named = set(rows.loc[about_person, "class_id"])
    whole = (rows["aspect"] == "NARASUMBER") & ~about_person & rows["class_id"].isin(named)
    rows = rows[~whole].sort_values(["program_code", "curriculum_version", "aspect", "class_id"], ignore_index=True)
    flag = rows["program_code"] + ":" + rows["curriculum_version"] + ":" + rows["aspect"]
    rows["instructor_id"] = rows["instructor_id"].astype(object).where(rows["instructor_id"].notna(), "")
    rows["flag_id"] = [f"{f}:{i}" if i else f for f, i in zip(flag, rows["instructor_id"], strict=True)]
    rows["ended_on"] = pd.to_datetime(rows["ended_on"])
    numbers = ["n_dissatisfied", "index_0_100", "index_agency"]
    rows[numbers] = rows[numbers].astype(float)
    rows["share_sum"] = rows["index_0_100"] * rows["n_respondents"]
    rows["agency_sum"] = rows["index_agency"] * rows["n_respondents"]
    return rows.sort_values(["flag_id", "ended_on", "class_id"], ignore_index=True)


def pool(rows: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """Class rows added up: counts, shares and indices of all their respondents; unknown where all are left out."""
    groups = rows.groupby(by, as_index=False, sort=True)
    found = groups.agg(n_classes=("class_id", "nunique"), n_respondents=("n_respondents", "sum"))
    sums = ["n_dissatisfied", "share_sum", "agency_sum"]
    found[sums] = groups[sums].sum(min_count=1)[sums]
    found["n_expected"] = groups["n_expected"].sum(skipna=False)["n_expected"]
    found["index_0_100"] = st.divide(found["share_sum"], found["n_respondents"])
    found["index_agency"] = st.divide(found["agency_sum"], found["n_respondents"])
    found["dissatisfied_share"] = st.divide(found["n_dissatisfied"], found["n_respondents"])
    if "instructor_id" in found:
        found["instructor_id"] = st.text(person or None for person in found["instructor_id"])
    return found


def judge(found: pd.DataFrame, limits: dict[str, float], *, adjust: bool) -> None:
    """Add Wilson bound, p, q and `state` to pooled rows (DOMAIN §10.3); `adjust` corrects over the judged rows of an aspect.

    DATA_KURANG: fewer than minimum_respondents, none in a class that may be shown, or fewer than minimum_respondents_judged with a response rate below
    minimum_response_rate or unknown. MERAH: Wilson bound above the tolerated share and q within the false discovery
    rate, or index below the red limit. KUNING: share at the tolerated one or index below the yellow limit.
    Indices are compared after rounding to two decimals, as the bands of PermenPANRB 14/2017 are written.
    """
    tolerated = limits["dissatisfied_tolerated_share"]
    n, k = found["n_respondents"].to_numpy(dtype=float), found["n_dissatisfied"].to_numpy(dtype=float)
    rate = st.divide(n, found["n_expected"].to_numpy(dtype=float))
    few = n < limits["minimum_respondents_judged"]
    lacking = (n < limits["minimum_respondents"]) | np.isnan(k) | (few & ~(rate >= limits["minimum_response_rate"]))
    found["wilson_low"] = st.wilson_lower(k, n, limits["flag_confidence"])
    found["p_value"] = np.where(lacking, np.nan, st.binomial_above(k, n, tolerated))
    found["q_value"] = found["p_value"]
    if adjust:
        # One family per aspect: questions of one kind, asked of all programs at once.
        found["q_value"] = found.groupby("aspect")["p_value"].transform(st.benjamini_hochberg)
    index = np.round(np.round(found["index_agency"].to_numpy(dtype=float), 6), 2)
    share = np.round(st.divide(k, n), st.DIGITS)
    proven = (found["wilson_low"] > tolerated) & (found["q_value"] <= limits["flag_false_discovery_rate"])
    found["state"] = np.select(
        [
            lacking,
            proven | (index < limits["flag_index_red"]),
            (share >= tolerated) | (index < limits["flag_index_yellow"]),
        ],
        ["DATA_KURANG", "MERAH", "KUNING"],
        "HIJAU",
    )


def _flagged_classes(rows: pd.DataFrame, limits: dict[str, float]) -> pd.DataFrame:
    bad = _is_bad(rows, limits)
    marked = rows.assign(n_classes_flagged=bad.astype(int))
    return marked.groupby("flag_id", as_index=False).agg(n_classes_flagged=("n_classes_flagged", "sum"))


def _is_bad(rows: pd.DataFrame, limits: dict[str, float]) -> pd.Series:
    """Whether a row on its own is at least yellow."""
    share = rows["n_dissatisfied"] / rows["n_respondents"]
    index = rows["agency_sum"] / rows["n_respondents"]
    return (share.round(st.DIGITS) >= limits["dissatisfied_tolerated_share"]) | (
        index.round(2) < limits["flag_index_yellow"]
    )


def _held_back(row: dict[str, Any], limits: dict[str, float]) -> str:
    """A person is red only on firm evidence: in enough batches, or by enough respondents."""
    firm = (
        row["n_classes_flagged"] >= limits["minimum_batches_instructor"]
        or row["n_respondents"] >= limits["minimum_respondents_instructor"]
    )
    if row["state"] == "MERAH" and row["aspect"] == "NARASUMBER" and not firm:
        return "KUNING"
    return str(row["state"])


def _learning(learning: pd.DataFrame) -> pd.DataFrame:
    """Hedges g of each program and version: mean gain over the pooled within-class standard deviation."""
    rows = learning.sort_values("class_id")
    size = rows["n_pairs"]
    rows = rows.assign(
        gain=size * (rows["post_mean"] - rows["pre_mean"]),
        squares=(size - 1) * (rows["pre_sd"] ** 2 + rows["post_sd"] ** 2) / 2,
        df=size - 1,
    )
    found = rows.groupby(["program_code", "curriculum_version"], as_index=False, sort=True)[
        ["n_pairs", "gain", "squares", "df"]
    ].sum()
    sd = np.sqrt(st.divide(found["squares"], found["df"]))
    found["hedges_g"] = st.hedges_j(found["df"]) * st.divide(st.divide(found["gain"], found["n_pairs"]), sd)
    return found[["program_code", "curriculum_version", "n_pairs", "hedges_g"]]


def _contradiction(row: dict[str, Any], limits: dict[str, float]) -> str | None:
    enough = row["n_pairs"] >= limits["minimum_respondents_judged"]
    if row["aspect"] not in LEARNT or not enough or row["hedges_g"] != row["hedges_g"]:
        return None
    if row["state"] in ("MERAH", "KUNING") and row["hedges_g"] >= limits["flag_effective_g"]:
        return "tidak_disukai_tetapi_efektif"
    if row["state"] == "HIJAU" and row["hedges_g"] < limits["flag_ineffective_g"]:
        return "disukai_tetapi_tidak_efektif"
    return None


def _causes(
    flags: pd.DataFrame, rows: pd.DataFrame, teachers: pd.DataFrame, limits: dict[str, float]
) -> dict[str, tuple[str | None, str | None]]:
    """Cause of each yellow or red flag, and the narasumber concerned.

    Dissatisfaction with the material in every batch, whoever teaches, is the curriculum's; found only in the classes
    of one narasumber, it is that person's. It is nobody's where the batches cannot tell the two apart.
    """
    teaches = {str(person): set(part) for person, part in teachers.groupby("instructor_id")["class_id"]}
    found: dict[str, tuple[str | None, str | None]] = {}
    flagged = flags[flags["state"].isin(["MERAH", "KUNING"])]
    people = flags[flags["aspect"] == "NARASUMBER"]
    for flag in st.records(flagged):
        same = people[
            (people["program_code"] == flag["program_code"])
            & (people["curriculum_version"] == flag["curriculum_version"])
        ]
        mine = rows[rows["flag_id"] == flag["flag_id"]]
        if flag["aspect"] in ("PENYELENGGARA", "SARPRAS"):
            found[flag["flag_id"]] = ("penyelenggara", None)
        elif flag["aspect"] == "NARASUMBER":
            person = flag["instructor_id"]
            found[flag["flag_id"]] = ("narasumber", person)
        elif flag["aspect"] != "OVERALL":
            own = "metode" if flag["aspect"] == "METODE" else "kurikulum"
            found[flag["flag_id"]] = _separate(mine, teaches, same, limits, own)
    for flag in st.records(flagged[flagged["aspect"] == "OVERALL"]):
        beside = flagged[
            (flagged["program_code"] == flag["program_code"])
            & (flagged["curriculum_version"] == flag["curriculum_version"])
            & (flagged["aspect"] != "OVERALL")
        ].sort_values(["dissatisfied_share", "flag_id"], ascending=[False, True])
        found[flag["flag_id"]] = next((found[other] for other in beside["flag_id"]), (None, None))
    return found


def _separate(
    mine: pd.DataFrame, teaches: dict[str, set[str]], people: pd.DataFrame, limits: dict[str, float], own: str
) -> tuple[str | None, str | None]:
    classes = set(mine["class_id"])
    disliked = set(people.loc[people["state"].isin(["MERAH", "KUNING"]), "instructor_id"])
    tolerated, enough = limits["dissatisfied_tolerated_share"], limits["minimum_respondents_judged"]
    here = sorted(person for person, taught in teaches.items() if taught & classes)
    suspects = []
    for person in here:
        with_person = mine["class_id"].isin(teaches[person])
        if with_person.all():
            continue
        n, k = mine.loc[with_person, ["n_respondents", "n_dissatisfied"]].sum()
        n_other, k_other = mine.loc[~with_person, ["n_respondents", "n_dissatisfied"]].sum()
        low = float(st.wilson_lower(k, n, limits["flag_confidence"]))
        if n_other >= enough and low > tolerated and k_other / n_other < tolerated:
            suspects.append((-low, person))
    if suspects:
        return "narasumber", min(suspects)[1]
    everywhere = {person for person in here if classes <= teaches[person]}
    if everywhere & disliked:
        return None, None
    return own, None


def _action(row: dict[str, Any], limits: dict[str, float]) -> str:
    state, cause, aspect = row["state"], row["cause"], row["aspect"]
    red = state == "MERAH"
    if state == "DATA_KURANG":
        return "Kumpulkan lebih banyak jawaban; belum dapat dinilai."
    if state == "HIJAU":
        if row["contradiction"]:
            return "Disukai, tetapi hasil belajar rendah: tinjau tujuan dan cara mengajar."
        return "Pertahankan."
    if row["contradiction"]:
        return "Kurang disukai, tetapi hasil belajar tinggi: tinjau penyebabnya sebelum merevisi kurikulum."
    if cause == "narasumber":
        if aspect != "NARASUMBER":
            return "Perbaiki narasumber, bukan kurikulum: ketidakpuasan hanya pada kelas narasumber ini."
        return "Pilih narasumber yang lebih kompeten." if red else "Bina dan amati narasumber pada angkatan berikutnya."
    if cause == "kurikulum":
        return "Revisi kurikulum dan materi." if red else "Tinjau kurikulum dan materi pada angkatan berikutnya."
    if cause == "metode":
        return "Ubah metode pembelajaran." if red else "Tinjau metode pembelajaran pada angkatan berikutnya."
    if cause == "penyelenggara":
        return "Perbaiki penyelenggaraan dan sarana." if red else "Tinjau penyelenggaraan dan sarana."
    return "Selidiki penyebabnya: kurikulum dan narasumber belum dapat dibedakan."


def _reason(row: dict[str, Any], limits: dict[str, float]) -> str:
    n = int(row["n_respondents"])
    if row["state"] == "DATA_KURANG" and row["n_dissatisfied"] != row["n_dissatisfied"]:
        return f"{_count(n)} responden di {int(row['n_classes'])} kelas, tetapi tiap kelas terlalu kecil untuk ditampilkan."
    if row["state"] == "DATA_KURANG":
        asked = row["n_expected"]
        of = (
            f"dari {_count(asked)} yang diharapkan"
            if asked == asked and asked is not None
            else "dari jumlah yang tidak diketahui"
        )
        return f"Baru {_count(n)} responden {of} di {int(row['n_classes'])} kelas; terlalu sedikit untuk dinilai."
    k, tolerated = int(row["n_dissatisfied"]), _percent(limits["dissatisfied_tolerated_share"])
    text = (
        f"{_count(k)} dari {_count(n)} responden ({_percent(row['dissatisfied_share'])}) tidak puas di {int(row['n_classes'])} kelas, "
        f"{int(row['n_classes_flagged'])} di antaranya bermasalah; batas bawah Wilson {_percent(row['wilson_low'])} "
        f"terhadap toleransi {tolerated}; indeks {_number(row['index_agency'])}"
    )
    if row["contradiction"] == "tidak_disukai_tetapi_efektif":
        text += f"; kurang disukai tetapi efektif (Hedges g {_number(row['hedges_g'])})"
    if row["contradiction"] == "disukai_tetapi_tidak_efektif":
        text += f"; disukai tetapi tidak efektif (Hedges g {_number(row['hedges_g'])})"
    return text + "."


def _count(n: float) -> str:
    return f"{int(n):,}".replace(",", ".")


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %".replace(".", ",")


def _number(value: float) -> str:
    return f"{value:.2f}".replace(".", ",")


def _opened(rows: pd.DataFrame, limits: dict[str, float]) -> dict[str, Any]:
    """Flag → end of the class with which the evidence so far first made it yellow or red.

    Where only the correction over all flags kept an earlier day from showing, the last class's end stands.
    """
    dated = rows.dropna(subset=["ended_on"])
    sums = ["n_expected", "n_respondents", "n_dissatisfied", "share_sum", "agency_sum"]
    days = dated.groupby(["flag_id", "ended_on"], sort=True)[sums].agg("sum", skipna=False)
    so_far = days.groupby(level=0).cumsum(skipna=False).reset_index()
    so_far["index_agency"] = st.divide(so_far["agency_sum"], so_far["n_respondents"])
    judge(so_far, limits, adjust=False)
    flagged = so_far[so_far["state"].isin(["MERAH", "KUNING"])]
    last, first = so_far.groupby("flag_id")["ended_on"].last(), flagged.groupby("flag_id")["ended_on"].first()
    return {str(flag): day for part in (last, first) for flag, day in part.items()}


def outcomes(
    follow_ups: pd.DataFrame, flags: pd.DataFrame, rows: pd.DataFrame, limits: dict[str, float]
) -> pd.DataFrame:
    """What came of each decision: the flag's state on the day of it, and that of the batches that show its result.

    Later batches are those of the new curriculum version, or, where the curriculum stays, those of the same flag that
    end after the action was done.
    """
    found: list[dict[str, Any]] = []
    for row in st.records(follow_ups.sort_values(["flag_id", "action"])):
        own = rows[rows["flag_id"] == row["flag_id"]]
        version, done = row["new_curriculum_version"], row["done_on"]
        before = own[own["ended_on"].isna() | (own["ended_on"] <= pd.Timestamp(row["decided_on"]))]
        if isinstance(version, str):
            parts = str(row["flag_id"]).split(":")
            parts[1:2] = [version]
            later = rows[rows["flag_id"] == ":".join(parts)]
        elif pd.isna(done):
            later = own.iloc[:0]
        else:
            later = own[own["ended_on"] > pd.Timestamp(done)]
        before, later = st.shown(before, ["flag_id"]), st.shown(later, ["flag_id"])
        before_state, after_state = _state_of(before, limits), _state_of(later, limits)
        found.append(
            row
            | {
                "is_known": bool((flags["flag_id"] == row["flag_id"]).any()),
                "state_before": before_state,
                **_counts(before, "before"),
                "state_after": after_state,
                **_counts(later, "after"),
                "n_classes_after": later["class_id"].nunique(),
                "result": {"HIJAU": "selesai", "KUNING": "berlanjut", "MERAH": "berlanjut"}.get(
                    after_state or "", "belum dapat dinilai"
                ),
            }
        )
    return pd.DataFrame(found, columns=[*follow_ups.columns, *OUTCOME_COLUMNS])


OUTCOME_COLUMNS = [
    "is_known", "state_before", "n_dissatisfied_before", "n_respondents_before", "share_before", "state_after",
    "n_classes_after", "n_dissatisfied_after", "n_respondents_after", "share_after", "result",
]  # fmt: skip


def _state_of(rows: pd.DataFrame, limits: dict[str, float]) -> str | None:
    if rows.empty:
        return None
    one = pool(rows.assign(every=1), ["every"])
    judge(one, limits, adjust=False)
    return str(one["state"].iloc[0])


def _counts(rows: pd.DataFrame, when: str) -> dict[str, float]:
    k, n = rows["n_dissatisfied"].sum(min_count=len(rows) > 0), int(rows["n_respondents"].sum())
    return {f"n_dissatisfied_{when}": k, f"n_respondents_{when}": n, f"share_{when}": float(st.divide(k, n))}


def life(results: pd.DataFrame) -> dict[str, str]:
    """Flag → followed up, resolved or persisting; of several decisions the worst judged result counts."""
    found: dict[str, str] = {}
    order = ["ditindaklanjuti", "selesai", "berlanjut"]
    for flag, result in zip(results["flag_id"], results["result"], strict=True):
        now = result if result in order else "ditindaklanjuti"
        if flag not in found or order.index(now) > order.index(found[flag]):
            found[flag] = now
    return found
