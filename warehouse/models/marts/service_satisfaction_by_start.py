"""Whether public satisfaction rose where an office's own staff were trained.

---
description: >
  Each public service before and after the first class of its office's own (Kirkpatrick level 4): a class at least half of whose
  participants, and at least minimum_cell_size, worked there. Services of offices that had none by the as-of date show what moved over the same periods
  without one. Offices were not given a class by lot, and staff may have sat in mixed classes: a difference, never an effect of training.
grain: unit × service
key: [unit_code, service]
columns:
  unit_code:
  unit_name: {nullable: true}
  service:
  trained_on: {type: date, description: "Last day of the first own class of the unit, else of the office that it is part of; empty where there was none, or none that was delivered.", label: "Kelas sendiri pertama", nullable: true}
  n_periods_before: {type: integer, description: "Periods with an index that ended before that class began; of an office without, all of them.", label: "Jumlah periode sebelum", unit: periods, minimum: 0}
  n_periods_after: {type: integer, description: "Periods with an index that began after it. Those in which it fell count for neither.", label: "Jumlah periode sesudah", unit: periods, minimum: 0}
  ikm_before: {type: number, description: "Mean of ikm over the periods before.", label: "IKM sebelum", unit: "points 25–100", minimum: 25, maximum: 100, nullable: true}
  ikm_after: {type: number, description: "Mean of ikm over the periods after.", label: "IKM sesudah", unit: "points 25–100", minimum: 25, maximum: 100, nullable: true}
  change: {type: number, description: "ikm_after − ikm_before.", label: "Perubahan IKM", unit: points, nullable: true}
  n_others: {type: integer, description: "Services of offices without a class of their own that have an index both before and after, between the first and the last period of this one.", label: "Jumlah layanan pembanding", unit: services, minimum: 0}
  others_change: {type: number, description: "Mean change of those services between the first and the last period of this one; empty below three.", label: "Perubahan pembanding", unit: points, nullable: true}
  net_change: {type: number, description: "change − others_change.", label: "Perubahan bersih IKM", unit: points, nullable: true}
  net_low: {type: number, description: "Lower end of its 95 % interval: as far as services without a class differ from each other over the same periods (t, for one more service).", label: "Batas bawah perubahan bersih", unit: points, nullable: true}
  net_high: {type: number, description: "Upper end of the same interval.", label: "Batas atas perubahan bersih", unit: points, nullable: true}
  verdict_code: {type: text, description: "Code of what may be said, the same in every language.", label: "Kode kesimpulan"}
  verdict: {type: text, description: "What may be said, in Bahasa Indonesia.", label: "Kesimpulan"}
---
"""

from __future__ import annotations

from collections.abc import Hashable

import numpy as np
import pandas as pd

from warehouse.evaluation import effects
from warehouse.evaluation import statistics as st
from warehouse.words.language import stored

INPUTS = {
    "services": """
        select s.unit_code, coalesce(u.opd_code, s.unit_code) as opd_code, s.service, s.period_start, s.period_end, s.ikm
        from marts.service_satisfaction_index as s
        left join core.dim_unit as u
            on s.unit_code = u.unit_code and s.period_start >= u.valid_from and s.period_start < u.valid_to
        where s.ikm is not null
    """,
    "starts": """
        with seats as (
            select f.class_key, u.unit_code, u.opd_code, c.ended_on, least(coalesce(c.start_date, c.ended_on), c.ended_on) as begun_on
            from core.fact_enrolment as f
            inner join core.dim_class as c on f.class_key = c.class_key
            inner join core.dim_unit as u on f.unit_key = u.unit_key
            cross join ops.run as r
            where f.status <> 'withdrawn' and c.ended_on <= r.as_of
        ),
        places as (
            select class_key, count(*) as n_people from seats group by class_key
        ),
        -- Who sits in a part of an office sits in the office, too.
        offices as (
            select class_key, unit_code, begun_on, ended_on from seats
            union all
            select class_key, opd_code, begun_on, ended_on from seats where opd_code <> unit_code
        ),
        own as (
            select class_key, unit_code, begun_on, ended_on, count(*) as n_own
            from offices
            group by class_key, unit_code, begun_on, ended_on
        )
        select o.unit_code, o.begun_on, o.ended_on as trained_on
        from own as o
        inner join places as p on o.class_key = p.class_key
        inner join ops.policy as k on k.policy = 'minimum_cell_size' and o.n_own >= k.value
        where 2 * o.n_own >= p.n_people and o.unit_code <> 'unknown'
        qualify row_number() over (partition by o.unit_code order by o.ended_on nulls last, o.begun_on nulls last) = 1
    """,
}
LEAST_OTHERS = 3
"""Fewer services do not tell how much services differ by themselves."""


def model(*, services: pd.DataFrame, starts: pd.DataFrame) -> pd.DataFrame:
    """One row per service that has an index."""
    rows = services.sort_values(["unit_code", "service", "period_start", "period_end"], ignore_index=True)
    for name in ("period_start", "period_end"):
        rows[name] = pd.to_datetime(rows[name])
    days = zip(pd.to_datetime(starts["trained_on"]), pd.to_datetime(starts["begun_on"]), strict=True)
    own_class = dict(zip(starts["unit_code"], days, strict=True))
    same = ["unit_code", "service"]
    firsts: dict[tuple[Hashable, ...], tuple[pd.Timestamp, pd.Timestamp]] = {}
    for unit, service, office in rows[[*same, "opd_code"]].drop_duplicates().itertuples(index=False):
        # A part of an office that had no class of its own had that of the office.
        if ends := own_class.get(unit, own_class.get(office)):
            firsts[unit, service] = min(firsts.get((unit, service), ends), ends)
    others = rows[[key not in firsts for key in zip(rows["unit_code"], rows["service"], strict=True)]]
    found = [
        {"unit_code": unit, "service": service} | _compared(own, others, firsts.get((unit, service)))
        for (unit, service), own in rows.groupby(same, sort=True)
    ]
    frame = pd.DataFrame(found, columns=COLUMNS)
    frame["trained_on"] = pd.to_datetime(frame["trained_on"])
    return st.rounded(frame)


def _compared(
    own: pd.DataFrame, others: pd.DataFrame, ends: tuple[pd.Timestamp, pd.Timestamp] | None
) -> dict[str, object]:
    """A service's change beyond that of the others; unknown where one of the two sides has no period. `ends`: last and first day of the class."""
    unknown: dict[str, object] = dict.fromkeys(("ikm_before", "ikm_after", "change", "others_change", "net_change", "net_low", "net_high"), np.nan)  # fmt: skip
    if ends is None:
        verdict = effects.association("service", np.nan, np.nan, unknown="without")
        none: dict[str, object] = {
            "trained_on": None,
            "n_periods_before": len(own),
            "n_periods_after": 0,
            "n_others": 0,
        }
        return unknown | none | {"verdict_code": verdict.code, "verdict": stored(verdict)}
    day, begun = ends
    sides = _sides(own, begun, day)
    # What moved elsewhere before this service was asked about, or since, moved over other periods.
    others = others[
        (others["period_start"] >= own["period_start"].min()) & (others["period_end"] <= own["period_end"].max())
    ]
    changes = others.groupby(["unit_code", "service"], sort=True)[["period_start", "period_end", "ikm"]].apply(
        lambda rows: pd.Series(_sides(rows, begun, day), dtype=float)
    )
    changes = (changes[1] - changes[0]).dropna() if len(changes) else pd.Series(dtype=float)
    told = unknown | {"trained_on": day, "n_others": len(changes), "ikm_before": sides[0], "ikm_after": sides[1],
                      "n_periods_before": int((own["period_end"] < begun).sum()), "n_periods_after": int((own["period_start"] > day).sum()),
                      "change": sides[1] - sides[0]}  # fmt: skip
    if len(changes) >= LEAST_OTHERS:
        error = np.sqrt(changes.var() * (1 + 1 / len(changes)))
        net = sides[1] - sides[0] - changes.mean()
        low, high, _ = st.t_test(net, error, len(changes) - 1)
        told |= {"others_change": changes.mean(), "net_change": net, "net_low": float(low), "net_high": float(high)}
    early = sides[0] != sides[0] or sides[1] != sides[1]
    verdict = effects.association(
        "service", float(str(told["net_low"])), float(str(told["net_high"])), unknown="early" if early else "few"
    )
    return told | {"verdict_code": verdict.code, "verdict": stored(verdict)}


def _sides(rows: pd.DataFrame, begun: pd.Timestamp, day: pd.Timestamp) -> tuple[float, float]:
    """Mean index of the periods that ended before the class began, and of those that began after its last day."""
    return rows.loc[rows["period_end"] < begun, "ikm"].mean(), rows.loc[rows["period_start"] > day, "ikm"].mean()


COLUMNS = [
    "unit_code", "service", "trained_on", "n_periods_before", "n_periods_after", "ikm_before", "ikm_after", "change", "n_others",
    "others_change", "net_change", "net_low", "net_high", "verdict_code", "verdict",
]  # fmt: skip
