"""Public satisfaction of offices by how much their staff were trained.

---
description: >
  IKM of services (Kirkpatrick level 4) by the training dose of their office: JP per employee in classes that ended in the
  twelve months before the period. Many things move satisfaction; offices were not given training by lot. An association
  between offices, never an effect of training.
grain: period × dose group
key: [period_start, period_end, dose_group]
small_groups:
  - {people: n_employees, hides: [jp_per_employee, jp_per_employee_most]}
columns:
  period_start:
  period_end:
  dose_group: {type: text, description: "none: no hour that is known. low and high: below, and at or above, the median of the offices with any. unknown: the twelve months were not all observed (core.source_month), no employees of the office are known, the hours of so many participants are not that they could be more, or the office has fewer than minimum_cell_size employees.", label: "Kelompok dosis pelatihan", values: {none: [], low: [], high: [], unknown: []}}
  n_units: {type: integer, description: "Offices (OPD).", label: "Jumlah OPD", unit: units, minimum: 0}
  n_services: {type: integer, description: "Services with an index.", label: "Jumlah layanan", unit: services, minimum: 0}
  n_respondents:
  jp_per_employee: {type: number, description: "Mean dose of the offices, of the hours that are known.", label: "JP per pegawai", unit: JP, minimum: 0, nullable: true}
  jp_per_employee_most: {type: number, description: "Mean of the most that the offices' doses may be: participants whose hours are not known had all of their class's, and classes without a list were full of the office's employees. Empty where hours or places of such a class were not delivered.", label: "JP per pegawai paling banyak", unit: JP, minimum: 0, nullable: true}
  n_classes_without_list: {type: integer, description: "Classes of the city that ended in the twelve months and whose participants were not delivered: anybody may have been there.", label: "Kelas tanpa daftar peserta", unit: classes, minimum: 0}
  ikm: {type: number, description: "Mean over services of their IKM.", label: "IKM", unit: "points 25–100", nullable: true}
  ikm_low: {type: number, description: "Lower end of the 95 % t interval over services.", label: "Batas bawah IKM", nullable: true}
  ikm_high: {type: number, description: "Upper end of the same interval.", label: "Batas atas IKM", nullable: true}
  n_services_before: {type: integer, description: "Services with an index in an earlier period of as many months, too.", label: "Jumlah layanan dengan periode sebelumnya", unit: services, minimum: 0}
  ikm_change: {type: number, description: "Mean change of those services since their latest earlier period of as many months: a quarter is compared with no year.", label: "Perubahan IKM", unit: points, nullable: true}
  ikm_change_low: {type: number, description: "Lower end of its 95 % paired t interval.", label: "Batas bawah perubahan", unit: points, nullable: true}
  ikm_change_high: {type: number, description: "Upper end of the same interval.", label: "Batas atas perubahan", unit: points, nullable: true}
  n_employees: {type: integer, description: "Employees of the offices; empty where those of one are not known.", label: "Jumlah pegawai", unit: people, minimum: 0, nullable: true}
  is_suppressed:
---
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from warehouse.evaluation import statistics as st

_STAFF = """
    staff as (
        select distinct p.period_start, u.opd_code, e.employee_id
        from (select distinct period_start from marts.service_satisfaction_index) as p
        inner join core.dim_employee as e
            on p.period_start >= e.valid_from and p.period_start < e.valid_to and p.period_start >= coalesce(e.joined_on, e.valid_from)
        inner join core.dim_unit as u
            on e.unit_code = u.unit_code and p.period_start >= u.valid_from and p.period_start < u.valid_to
        where e.employee_id is not null
    )
"""
"""Who worked where when a period began."""

INPUTS = {
    "services": """
        select s.unit_code, coalesce(u.opd_code, s.unit_code) as opd_code, s.service, s.period_start, s.period_end,
            s.n_respondents, s.ikm
        from marts.service_satisfaction_index as s
        left join core.dim_unit as u
            on s.unit_code = u.unit_code and s.period_start >= u.valid_from and s.period_start < u.valid_to
        where s.ikm is not null
    """,
    # Hours are those of the people who work in the office when the period begins, wherever they sat before: an office that got another
    # code had no hours, and was one that nobody trained.
    "hours": f"""
        with {_STAFF},
        taken as (
            select
                f.employee_id, coalesce(c.ended_on, f.listed_in) as ended_on,
                -- When a class was that no list of classes tells is not known, and its hours are not those of a year.
                case when c.ended_on is not null then coalesce(f.certificate_jp, f.attended_jp) end as jp, c.scheduled_jp
            from core.fact_enrolment as f
            inner join core.dim_class as c on f.class_key = c.class_key
            where f.status <> 'withdrawn'
        )
        select s.period_start, s.opd_code,
            cast(sum(cast(round(t.jp, 4) as decimal(18, 4))) as double) as jp,
            count(t.jp) as n_known, count(*) as n_participants,
            cast(sum(cast(round(coalesce(t.jp, t.scheduled_jp), 4) as decimal(18, 4))) as double) as jp_most,
            count(coalesce(t.jp, t.scheduled_jp)) as n_limited
        from staff as s
        inner join taken as t
            on s.employee_id = t.employee_id and t.ended_on < s.period_start
            and t.ended_on >= cast(s.period_start - interval 1 year as date)
        group by s.period_start, s.opd_code
    """,
    "listless": """
        select c.ended_on, c.planned_participants, c.scheduled_jp
        from core.dim_class as c
        left join (select distinct class_key from core.fact_enrolment) as f on c.class_key = f.class_key
        where c.class_key <> 'unknown' and f.class_key is null
    """,
    "staff": f"""
        with {_STAFF}
        select period_start, opd_code, count(*) as n_employees from staff group by period_start, opd_code
    """,
    "policy": "select policy, value, version from ops.policy",
    "observed": """
        select month_start from core.source_month
        where opd_code = 'semua' and source in ('classes', 'enrolments') and not is_gap
        group by month_start having count(*) = 2
    """,
}


def model(
    *,
    services: pd.DataFrame,
    hours: pd.DataFrame,
    listless: pd.DataFrame,
    staff: pd.DataFrame,
    observed: pd.DataFrame,
    policy: pd.DataFrame,
) -> pd.DataFrame:
    """Means and changes of each group of offices in each period."""
    for name in ("period_start", "period_end"):
        services[name] = pd.to_datetime(services[name])
    rows = _with_earlier(services).sort_values(
        ["unit_code", "service", "period_start", "period_end"], ignore_index=True
    )
    offices = rows[["period_start", "opd_code"]].drop_duplicates(ignore_index=True)
    offices = offices.merge(staff.assign(period_start=pd.to_datetime(staff["period_start"])), how="left")
    hours["period_start"] = pd.to_datetime(hours["period_start"])
    listless["ended_on"] = pd.to_datetime(listless["ended_on"])
    months = pd.to_datetime(observed["month_start"])
    doses = [
        _hours(hours[(hours["opd_code"] == office) & (hours["period_start"] == start)], listless, months, start, n)
        for start, office, n in offices[["period_start", "opd_code", "n_employees"]].itertuples(index=False)
    ]
    offices = offices.join(pd.DataFrame(doses, offices.index, ["jp", "jp_most", "n_classes_without_list"], dtype=float))
    # The mean of a group less the hours of its other offices (training_hours) would be those of an office of few.
    is_told = offices["n_employees"] >= st.policy_values(policy)["minimum_cell_size"]
    n_employees = offices["n_employees"].astype(float).where(is_told)
    offices["dose"] = st.divide(offices["jp"], n_employees)
    offices["dose_most"] = st.divide(offices["jp_most"], n_employees)
    middle = offices["dose"].where(offices["dose"] > 0).groupby(offices["period_start"]).transform("median")
    offices["dose_group"] = np.select(
        [offices["dose"].isna(), offices["dose"] == 0, offices["dose"] < middle], ["unknown", "none", "low"], "high"
    )
    rows = rows.merge(
        offices[
            ["period_start", "opd_code", "n_employees", "dose", "dose_most", "n_classes_without_list", "dose_group"]
        ],
        on=["period_start", "opd_code"],
    )
    rows["change"] = rows["ikm"] - rows["before"]
    groups = []
    for key, part in rows.groupby(["period_start", "period_end", "dose_group"], sort=True):
        change = part["change"].dropna()
        staffed = part.drop_duplicates("opd_code")
        dose = staffed["dose"]
        low, high = st.mean_interval(part["ikm"].mean(), part["ikm"].var(), len(part))
        change_low, change_high = st.mean_interval(change.mean(), change.var(), len(change))
        groups.append((*key, part["opd_code"].nunique(), len(part), part["n_respondents"].sum(), dose.mean(),
                      staffed["dose_most"].mean(skipna=False), staffed["n_classes_without_list"].max(),
                      part["ikm"].mean(), float(low), float(high), len(change), change.mean(),
                      float(change_low), float(change_high), staffed["n_employees"].sum(skipna=False)))  # fmt: skip
    return st.rounded(pd.DataFrame(groups, columns=COLUMNS))


def _with_earlier(services: pd.DataFrame) -> pd.DataFrame:
    """Beside each period of a service the index (`before`) of the latest of as many months that had ended when it began."""
    first, last = services["period_start"].dt, services["period_end"].dt
    rows = services.assign(months=12 * (last.year - first.year) + last.month - first.month)
    same = ["unit_code", "service", "months"]
    earlier = rows[[*same, "period_end", "ikm"]].rename(columns={"period_end": "ended", "ikm": "before"})
    return pd.merge_asof(
        rows.sort_values("period_start"), earlier.sort_values("ended"),
        left_on="period_start", right_on="ended", by=same, allow_exact_matches=False,
    )  # fmt: skip


def _hours(
    rows: pd.DataFrame, listless: pd.DataFrame, months: pd.Series, start: pd.Timestamp, n_employees: float
) -> tuple[float, float, int]:
    """(known hours of an office's people in the twelve months before `start`, the most that they may be, classes without a list in them).

    Unknown where a month was not observed, and where the hours of fewer than half of the participants are known or none of those
    that are known is above zero. The most is unknown, too, where hours or places are missing that it would be made of.
    """
    since = start - pd.DateOffset(years=1)
    unlisted = listless[listless["ended_on"].between(since, start, inclusive="left")]
    if months.between(since, start, inclusive="left").sum() < 12:
        return float("nan"), float("nan"), len(unlisted)
    jp, n_known, n_participants = rows["jp"].sum(), rows["n_known"].sum(), rows["n_participants"].sum()
    if n_known < n_participants and (2 * n_known < n_participants or jp == 0):
        return float("nan"), float("nan"), len(unlisted)
    filled = unlisted["planned_participants"].astype(float).clip(upper=n_employees) * unlisted["scheduled_jp"].astype(
        float
    )
    most = rows["jp_most"].sum() + filled.sum(skipna=False)
    return float(jp), float(most if rows["n_limited"].sum() == n_participants else "nan"), len(unlisted)


COLUMNS = [
    "period_start", "period_end", "dose_group", "n_units", "n_services", "n_respondents", "jp_per_employee",
    "jp_per_employee_most", "n_classes_without_list", "ikm", "ikm_low", "ikm_high", "n_services_before", "ikm_change", "ikm_change_low", "ikm_change_high", "n_employees",
]  # fmt: skip
