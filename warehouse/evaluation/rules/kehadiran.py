"""KEHADIRAN: too many participants of a curriculum version are rarely there.

The unit is the participant, since sessions of one person hang together. Rarely there: present in less than the policy's
attendance_minimum_share of the sessions whose presence is known.
"""

from __future__ import annotations

import pandas as pd

from warehouse.evaluation.rule import POLICIES, Row, Rule
from warehouse.words.language import Sentence

ACTIONS = {
    "complete_lists": "Lengkapi daftar hadir; kehadiran belum dapat dinilai.",
    "keep_schedule": "Pertahankan jadwal dan tempat.",
    "watch_attendance": "Amati kehadiran pada angkatan berikutnya dan tanyakan sebab ketidakhadiran.",
    "reschedule": "Atur ulang jadwal, tempat, dan penugasan peserta: banyak yang jarang hadir.",
}
"""Code of an action → what is to be done."""
BY_STATE = {
    "DATA_KURANG": "complete_lists", "HIJAU": "keep_schedule", "KUNING": "watch_attendance", "MERAH": "reschedule",
}  # fmt: skip
REASONS = {
    "few": "Kehadiran baru diketahui dari {n} peserta di {classes} kelas; terlalu sedikit untuk dinilai",
    "share": "{k} dari {n} peserta ({share}) jarang hadir di {classes} kelas, {bad} di antaranya bermasalah; sekarang "
    "{low} s.d. {high} jarang hadir (95%), peluang di atas toleransi {tolerated}: {chance}",
}
"""Code of a reason → its sentence."""


class Attendance(Rule):
    """See the module."""

    def evidence(self, cells: pd.DataFrame) -> pd.DataFrame:
        """Classes of `marts.class_attendance`."""
        rows = cells.assign(
            aspect=self.name,
            instructor_id="",
            ended_on=pd.to_datetime(cells["ended_on"]),
            n_unfavourable=cells["n_unfavourable"].astype(float),
        )
        rows["flag_id"] = rows["program_code"] + ":" + rows["curriculum_version"] + ":" + rows["aspect"]
        return rows

    def action(self, flag: Row) -> Sentence:
        """See `ACTIONS`."""
        code = BY_STATE[flag["state"]]
        return Sentence(code, ACTIONS[code])

    def reason(self, flag: Row) -> Sentence:
        """How many of how many."""
        n, classes = (flag["n_observed"], "whole"), (flag["n_classes"], "whole")
        if flag["state"] == "DATA_KURANG":
            return Sentence("few", REASONS["few"], {"n": n, "classes": classes})
        return Sentence(
            "share",
            REASONS["share"],
            {
                "k": (flag["n_unfavourable"], "whole"), "n": n, "share": (flag["unfavourable_share"], "share"),
                "classes": classes, "bad": (flag["n_classes_flagged"], "whole"), "low": (flag["now_low"], "share"),
                "high": (flag["now_high"], "share"), "tolerated": (flag["tolerated_share"], "share"),
                "chance": (flag["p_above"], "probability"),
            },
        )  # fmt: skip


RULE = Attendance(
    name="KEHADIRAN",
    inputs={
        "cells": """
            select
                a.class_id, a.program_code, a.curriculum_version, a.n_expected, a.n_presence_known as n_observed,
                a.n_rarely_present as n_unfavourable, a.is_suppressed, coalesce(c.ended_on, a.last_session_on) as ended_on
            from marts.class_attendance as a
            inner join core.dim_class as c on a.class_id = c.class_id
            cross join ops.run as u
            where a.n_presence_known > 0 and coalesce(c.ended_on, a.last_session_on, u.as_of) <= u.as_of
        """
    },
    tolerated="attendance_tolerated_share",
    policies=(
        "attendance_minimum_share", "attendance_tolerated_share", *POLICIES,
    ),
    people="peserta",
    unfavourable="jarang hadir",
)  # fmt: skip
