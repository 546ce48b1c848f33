"""KEPUASAN: participants dissatisfied with an aspect of a curriculum version, or with one of its narasumber.

Red and yellow by the share of respondents in the lower part of the scale, which is the same opinion on every scale; an index is not
(everybody "setuju" is 75 on four points and 80 on five). The cause is told apart by whose classes are disliked (`causes`); learning may contradict.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from schemas.fields import ASPECTS
from warehouse.evaluation import causes, quality
from warehouse.evaluation import statistics as st
from warehouse.evaluation.rule import FLAGGED, POLICIES, Limits, Row, Rule
from warehouse.words.language import Sentence

LEARNT = ("MATERI", "METODE", "MANFAAT", "OVERALL")
"""Aspects that learning may contradict."""
DISLIKED_BUT_EFFECTIVE, LIKED_BUT_INEFFECTIVE = "tidak_disukai_tetapi_efektif", "disukai_tetapi_tidak_efektif"
ACTIONS = {
    "collect": "Kumpulkan lebih banyak jawaban; belum dapat dinilai.",
    "review_teaching": "Disukai, tetapi hasil belajar rendah: tinjau tujuan dan cara mengajar.",
    "keep": "Pertahankan.",
    "review_cause": "Kurang disukai, tetapi hasil belajar tinggi: tinjau penyebabnya sebelum merevisi kurikulum.",
    "mend_instructor": "Perbaiki narasumber, bukan kurikulum: ketidakpuasan hanya pada kelas narasumber ini.",
    "replace_instructor": "Pilih narasumber yang lebih kompeten.",
    "coach_instructor": "Bina dan amati narasumber pada angkatan berikutnya.",
    "revise_curriculum": "Revisi kurikulum dan materi.",
    "review_curriculum": "Tinjau kurikulum dan materi pada angkatan berikutnya.",
    "change_method": "Ubah metode pembelajaran.",
    "review_method": "Tinjau metode pembelajaran pada angkatan berikutnya.",
    "mend_organisation": "Perbaiki penyelenggaraan dan sarana.",
    "review_organisation": "Tinjau penyelenggaraan dan sarana.",
    "investigate": "Selidiki penyebabnya: kurikulum, narasumber, dan metode belum dapat dibedakan.",
}
"""Code of an action → what is to be done."""
BY_CAUSE = {
    "narasumber": ("replace_instructor", "coach_instructor"),
    "kurikulum": ("revise_curriculum", "review_curriculum"),
    "metode": ("change_method", "review_method"),
    "penyelenggara": ("mend_organisation", "review_organisation"),
}
"""Cause → action on a red, on a yellow flag."""
REASONS = {
    "hidden": "{n} responden di {classes} kelas, tetapi tiap kelas terlalu kecil untuk ditampilkan",
    "few": "Baru {n} responden dari {asked} yang diharapkan di {classes} kelas; terlalu sedikit untuk dinilai",
    "few_of_unknown": "Baru {n} responden dari jumlah yang tidak diketahui di {classes} kelas; terlalu sedikit untuk dinilai",
    "repeated": "Formulir lebih banyak daripada peserta ({n} dari {asked}) di {classes} kelas: diduga berulang; tidak dinilai",
    "share": "{k} dari {n} responden ({share}) tidak puas di {classes} kelas, {bad} di antaranya bermasalah; sekarang "
    "{low} s.d. {high} tidak puas (95%), peluang di atas toleransi {tolerated}: {chance}; indeks instansi {index}",
    "memburuk": "memburuk sejak {since}: {k} dari {n}",
    "membaik": "membaik sejak {since}: {k} dari {n}",
    "shared": "{shared} kelas dari bulan yang lebih buruk di semua program; selisih bersama itu tidak dihitung",
    "silence": "{silent} yang diam dapat membalik penilaian ini, bila {tipping} dari mereka tidak puas",
    DISLIKED_BUT_EFFECTIVE: "kurang disukai tetapi efektif (Hedges g {g})",
    LIKED_BUT_INEFFECTIVE: "disukai tetapi tidak efektif (Hedges g {g})",
}
"""Code of a reason → its sentence."""


class Satisfaction(Rule):
    """See the module."""

    def evidence(self, cells: pd.DataFrame) -> pd.DataFrame:
        """Rows of `marts.reaction`: NARASUMBER counts per narasumber; where a class's form names none, for the class as a
        whole."""
        rows = cells.copy()
        about_person = rows["instructor_id"].notna()
        named = set(rows.loc[about_person, "class_id"])
        whole = (rows["aspect"] == "NARASUMBER") & ~about_person & rows["class_id"].isin(named)
        rows = rows[~whole].sort_values(["program_code", "curriculum_version", "aspect", "class_id"], ignore_index=True)
        flag = rows["program_code"] + ":" + rows["curriculum_version"] + ":" + rows["aspect"]
        rows["instructor_id"] = rows["instructor_id"].astype(object).where(rows["instructor_id"].notna(), "")
        rows["flag_id"] = [f"{f}:{i}" if i else f for f, i in zip(flag, rows["instructor_id"], strict=True)]
        rows["ended_on"] = pd.to_datetime(rows["ended_on"])
        numbers = ["n_unfavourable", "index_0_100", "index_agency"]
        rows[numbers] = rows[numbers].astype(float)
        rows["n_respondents"], rows["n_dissatisfied"] = rows["n_observed"], rows["n_unfavourable"]
        rows["dissatisfied_share"] = st.divide(rows["n_dissatisfied"], rows["n_respondents"])
        rows["share_sum"] = rows["index_0_100"] * rows["n_observed"]
        rows["agency_sum"] = rows["index_agency"] * rows["n_observed"]
        return rows

    def add_indices(self, pooled: pd.DataFrame) -> None:
        """The two indices of all respondents."""
        pooled["index_0_100"] = st.divide(pooled["share_sum"], pooled["n_observed"])
        pooled["index_agency"] = st.divide(pooled["agency_sum"], pooled["n_observed"])

    def conclude(
        self,
        flags: pd.DataFrame,
        rows: pd.DataFrame,
        frames: Mapping[str, pd.DataFrame],
        background: quality.Background,
        limits: Limits,
    ) -> None:
        """States of persons held back, learning beside liking, and causes."""
        flags["n_respondents"], flags["n_dissatisfied"] = flags["n_observed"], flags["n_unfavourable"]
        flags["dissatisfied_share"] = flags["unfavourable_share"]
        flags["state"] = [_held_back(flag, limits) for flag in st.records(flags)]
        learnt = flags[["program_code", "curriculum_version"]].merge(
            _learning(frames["learning"]), on=["program_code", "curriculum_version"], how="left"
        )
        flags["n_pairs"] = learnt["n_pairs"].fillna(0).astype(int).to_numpy()
        flags["hedges_g"] = learnt["hedges_g"].to_numpy()
        flags["contradiction"] = st.text(_contradiction(flag, limits) for flag in st.records(flags))
        told = causes.told(flags, rows, frames["teachers"], background, limits)
        causes_of = [told.get(flag, causes.OPEN) for flag in flags["flag_id"]]
        flags["cause"] = st.text(cause.name for cause in causes_of)
        flags["cause_instructor_id"] = st.text(cause.instructor_id for cause in causes_of)
        flags["p_cause"] = np.round([cause.probability for cause in causes_of], st.DIGITS)

    def action(self, flag: Row) -> Sentence:
        """See `ACTIONS`."""
        code = _action(flag)
        return Sentence(code, ACTIONS[code])

    def reason(self, flag: Row) -> Sentence:
        """See `REASONS`."""
        n, classes = (flag["n_respondents"], "whole"), (flag["n_classes"], "whole")
        if flag["state"] == "DATA_KURANG":
            asked = {"asked": (flag["n_expected"], "whole")} if known(flag["n_expected"]) else {}
            if not known(flag["n_dissatisfied"]):
                code = "repeated" if flag["is_repeated"] and asked else "hidden"
            else:
                code = "few" if asked else "few_of_unknown"
            asked = asked if code in ("few", "repeated") else {}
            return Sentence(code, REASONS[code], {"n": n, "classes": classes, **asked})
        return Sentence(
            "share",
            REASONS["share"],
            {
                "k": (flag["n_dissatisfied"], "whole"), "n": n, "share": (flag["dissatisfied_share"], "share"),
                "classes": classes, "bad": (flag["n_classes_flagged"], "whole"), "low": (flag["now_low"], "share"),
                "high": (flag["now_high"], "share"), "tolerated": (flag["tolerated_share"], "share"),
                "chance": (flag["p_above"], "probability"), "index": (flag["index_agency"], "fine"),
            },
            tuple(_more(flag)),
        )  # fmt: skip


def _more(flag: Row) -> Iterator[Sentence]:
    if change := flag["change"]:
        values: dict[str, tuple[Any, str]] = {
            "since": (flag["changed_on"], "date"), "k": (flag["n_unfavourable_now"], "whole"), "n": (flag["n_observed_now"], "whole"),
        }  # fmt: skip
        yield Sentence(change, REASONS[change], values)
    if flag["n_classes_shared"]:
        yield Sentence("shared", REASONS["shared"], {"shared": (flag["n_classes_shared"], "whole")})
    if flag["silence"] == "dapat_membalik":
        values = {"silent": (flag["n_silent"], "whole"), "tipping": (flag["silent_tipping_share"], "share")}
        yield Sentence("silence", REASONS["silence"], values)
    if extra := flag["contradiction"]:
        yield Sentence(extra, REASONS[extra], {"g": (flag["hedges_g"], "fine")})


def known(value: object) -> bool:
    """Whether a number is there: neither empty, nor undefined, nor left out."""
    return isinstance(value, int | float | np.number) and value == value


def _held_back(flag: Row, limits: Limits) -> str:
    """A person is red only on firm evidence: in enough batches, or by enough respondents."""
    firm = (
        flag["n_classes_flagged"] >= limits["minimum_batches_instructor"]
        or flag["n_respondents"] >= limits["minimum_respondents_instructor"]
    )
    if flag["state"] == "MERAH" and flag["aspect"] == "NARASUMBER" and not firm:
        return "KUNING"
    return str(flag["state"])


def _learning(learning: pd.DataFrame) -> pd.DataFrame:
    """Hedges g of each program and version: mean gain over the pooled within-class standard deviation."""
    rows = learning.sort_values("class_id")
    size = rows["n_pairs"]
    rows = rows.assign(
        gain=size * (rows["post_mean"] - rows["pre_mean"]),
        squares=(size - 1) * (rows["pre_sd"] ** 2 + rows["post_sd"] ** 2) / 2,
        df=size - 1,
    )
    sums = rows.groupby(["program_code", "curriculum_version"], as_index=False, sort=True)[
        ["n_pairs", "gain", "squares", "df"]
    ].sum()
    sd = np.sqrt(st.divide(sums["squares"], sums["df"]))
    sums["hedges_g"] = st.hedges_j(sums["df"]) * st.divide(st.divide(sums["gain"], sums["n_pairs"]), sd)
    return sums[["program_code", "curriculum_version", "n_pairs", "hedges_g"]]


def _contradiction(flag: Row, limits: Limits) -> str | None:
    enough = flag["n_pairs"] >= limits["minimum_respondents_judged"]
    if flag["aspect"] not in LEARNT or not enough or not known(flag["hedges_g"]):
        return None
    if flag["state"] in FLAGGED and flag["hedges_g"] >= limits["flag_effective_g"]:
        return DISLIKED_BUT_EFFECTIVE
    if flag["state"] == "HIJAU" and flag["hedges_g"] < limits["flag_ineffective_g"]:
        return LIKED_BUT_INEFFECTIVE
    return None


def _action(flag: Row) -> str:
    state, cause = flag["state"], flag["cause"]
    if state == "DATA_KURANG":
        return "collect"
    if state == "HIJAU":
        return "review_teaching" if flag["contradiction"] else "keep"
    if flag["contradiction"]:
        return "review_cause"
    if cause == "narasumber" and flag["aspect"] != "NARASUMBER":
        return "mend_instructor"
    return BY_CAUSE[cause][state != "MERAH"] if cause else "investigate"


RULE = Satisfaction(
    name="KEPUASAN",
    # Most decisions are about the material; a person is named only where one is surer.
    reds={
        "NARASUMBER": "flag_red_probability_person",
        **dict.fromkeys(set(ASPECTS) - {"MATERI", "NARASUMBER"}, "flag_red_probability_other"),
    },
    inputs={
        "cells": """
            select
                r.class_id, c.program_code, c.curriculum_version, coalesce(c.method, 'unknown') as method, r.aspect, r.instructor_id,
                coalesce(r.n_expected, p.n_expected) as n_expected,
                r.n_respondents as n_observed, r.n_dissatisfied as n_unfavourable, r.index_0_100, r.index_agency,
                r.is_suppressed, r.is_repeated, coalesce(c.ended_on, r.last_answered_on) as ended_on
            from marts.reaction as r
            inner join core.dim_class as c on r.class_id = c.class_id
            left join marts.class_participants as p on r.class_id = p.class_id
            cross join ops.run as u
            where r.n_respondents > 0 and coalesce(c.ended_on, r.last_answered_on, u.as_of) <= u.as_of
        """,
        "teachers": """
            select s.class_id, i.instructor_id, s.module_name
            from core.dim_session as s
            inner join core.dim_instructor as i on s.instructor_key = i.instructor_key
            where i.instructor_key <> 'unknown'
            union
            select class_id, instructor_id, null as module_name from marts.reaction where instructor_id is not null
        """,
        "learning": """
            select program_code, curriculum_version, class_id, n_pairs, pre_mean, post_mean, pre_sd, post_sd
            from marts.learning_gain
            where n_pairs >= 2 and not is_suppressed
        """,
    },
    tolerated="dissatisfied_tolerated_share",
    policies=(
        "dissatisfied_tolerated_share", *POLICIES, "flag_cause_probability", "minimum_batches_instructor", "minimum_respondents_instructor",
        "flag_effective_g", "flag_ineffective_g",
    ),
    people="responden",
    unfavourable="tidak puas",
    counts_forms=True,
    sums=("share_sum", "agency_sum"),
    indices=("index_0_100", "index_agency"),
)  # fmt: skip
