/*
---
description: >
  One verdict per program, by the curriculum that is given now: what to do first, whether that is decided, waits or is overdue, and what the program costs.
  What later batches resolved is a success and asks for nothing.
grain: program
key: [program_code]
metrics: {n_to_improve: "count(case when verdict = 'perlu_diperbaiki' then 1 end)", n_overdue: "count(case when decision = 'terlambat' then 1 end)"}
columns:
  program_code:
  program_name: {nullable: true}
  curriculum_version: {description: "Version of the newest class that has begun."}
  verdict: {type: text, description: "perlu_diperbaiki: a red or yellow flag of the version that is not resolved. terbukti_berhasil: none, and performance rose by evidence (performance_effect.is_proven). data_kurang: none, and no flag of the version could be judged. belum_terbukti: none of these.", label: "Putusan", values: {perlu_diperbaiki: [], terbukti_berhasil: [], belum_terbukti: [], data_kurang: []}}
  decision: {type: text, description: "Of the flag that comes first: terlambat (decided, due before the as-of date and not done), menunggu (nothing is decided, or the last decision did not help), diputuskan (decided, the result is not to be seen yet), tidak_ada (no flag).", label: "Keputusan", values: {terlambat: [], menunggu: [], diputuskan: [], tidak_ada: []}}
  flag_id: {nullable: true, description: "The flag that comes first: overdue ones, then red before yellow, then those that wait."}
  flag_state: {type: text, description: "Its state.", label: "Status tanda", values: {MERAH: [], KUNING: []}, nullable: true}
  action: {type: text, description: "What to do about it, in Bahasa Indonesia.", label: "Tindakan", nullable: true}
  owner: {type: text, description: "Office in charge of the newest decision on it; empty where it waits for one.", label: "Penanggung jawab", nullable: true}
  due_on: {type: date, description: "Day by which that decision is due.", label: "Tenggat", nullable: true}
  n_flags_red: {type: integer, description: "Red flags of the version that are not resolved.", label: "Jumlah tanda merah", unit: flags, minimum: 0}
  n_flags_yellow: {type: integer, description: "Yellow flags of the version that are not resolved.", label: "Jumlah tanda kuning", unit: flags, minimum: 0}
  n_resolved: {type: integer, description: "Flags of any version that later batches resolved.", label: "Jumlah tanda teratasi", unit: flags, minimum: 0}
  performance_design: {type: text, description: "Design of the comparison of the numeric score with the best evidence, all versions; empty without one.", label: "Rancangan kinerja", nullable: true}
  evidence_grade: {type: text, description: "Its evidence_grade (performance_effect).", label: "Derajat bukti", values: {terbukti: [], didukung: [], tanpa_pengaruh: [], perubahan: [], tidak_dapat_disimpulkan: []}, nullable: true}
  is_proven: {type: boolean, description: "Whether it shows an effect, to the better or to the worse.", label: "Terbukti", nullable: true}
  n_classes:
  n_participants: {type: integer, description: "People not withdrawn in classes that have begun and whose cost and participants are known.", label: "Jumlah peserta", unit: people, minimum: 0, nullable: true}
  cost_idr: {description: "Cost of those classes, all versions.", nullable: true}
  cost_per_participant: {type: number, description: "cost_idr ÷ n_participants.", label: "Biaya per peserta", unit: IDR, minimum: 0, nullable: true}
---
*/
with begun as (
    select c.program_code, c.curriculum_version
    from core.dim_class as c
    left join core.dim_program as p on c.program_key = p.program_key
    cross join ops.run as r
    where c.class_key <> 'unknown' and c.start_date <= r.as_of
    qualify row_number() over (
        partition by c.program_code order by c.start_date desc nulls last, p.version_no desc nulls last, c.curriculum_version desc nulls last
    ) = 1
),
flags as (
    select
        f.program_code, f.curriculum_version, f.flag_id, f.state, f.status, f.action, f.now_low,
        f.state in ('MERAH', 'KUNING') and f.status <> 'selesai' as is_raised,
        f.status = 'selesai' as is_resolved
    from marts.curriculum_flag as f
),
decisions as (
    select flag_id, owner, due_on, is_overdue
    from marts.follow_up_outcome
    qualify row_number() over (partition by flag_id order by decided_on desc nulls last, action nulls last) = 1
),
raised as (
    select
        f.program_code, f.flag_id, f.state, f.action, d.owner, d.due_on,
        case
            when coalesce(d.is_overdue, false) then 'terlambat'
            when f.status in ('terbuka', 'berlanjut') then 'menunggu'
            else 'diputuskan'
        end as decision
    from flags as f
    inner join begun as b on f.program_code = b.program_code and f.curriculum_version = b.curriculum_version
    left join decisions as d on f.flag_id = d.flag_id
    where f.is_raised
    qualify row_number() over (
        partition by f.program_code
        order by
            case when coalesce(d.is_overdue, false) then 0 else 1 end nulls last,
            case when f.state = 'MERAH' then 0 else 1 end nulls last,
            case f.status when 'berlanjut' then 0 when 'terbuka' then 1 else 2 end nulls last,
            f.now_low desc nulls last, f.flag_id nulls last
    ) = 1
),
counted as (
    select
        b.program_code, b.curriculum_version,
        count(case when f.is_raised and f.state = 'MERAH' then 1 end) as n_flags_red,
        count(case when f.is_raised and f.state = 'KUNING' then 1 end) as n_flags_yellow,
        count(case when f.state <> 'DATA_KURANG' then 1 end) as n_judged
    from begun as b
    left join flags as f on b.program_code = f.program_code and b.curriculum_version = f.curriculum_version
    group by b.program_code, b.curriculum_version
),
resolved as (
    select program_code, count(case when is_resolved then 1 end) as n_resolved from flags group by program_code
),
evidence as (
    select program_code, design, evidence_grade, is_proven, is_proven and effect > 0 as is_better
    from marts.performance_effect
    where outcome = 'numeric_score'
    qualify row_number() over (
        partition by program_code
        order by
            case evidence_grade when 'terbukti' then 0 when 'didukung' then 1 when 'tanpa_pengaruh' then 2 when 'perubahan' then 3 else 4 end nulls last,
            n_trained desc nulls last, design nulls last
    ) = 1
),
costs as (
    select program_code, sum(n_classes) as n_classes, sum(n_participants) as n_participants, sum(cost_idr) as cost_idr
    from marts.program_method
    group by program_code
)
select
    c.program_code, c.curriculum_version,
    case
        when r.flag_id is not null then 'perlu_diperbaiki'
        when coalesce(e.is_better, false) then 'terbukti_berhasil'
        when c.n_judged = 0 then 'data_kurang'
        else 'belum_terbukti'
    end as verdict,
    coalesce(r.decision, 'tidak_ada') as decision,
    r.flag_id, r.state as flag_state, r.action,
    case when r.decision <> 'menunggu' then r.owner end as owner,
    case when r.decision <> 'menunggu' then r.due_on end as due_on,
    c.n_flags_red, c.n_flags_yellow, coalesce(s.n_resolved, 0) as n_resolved,
    e.design as performance_design, e.evidence_grade, e.is_proven,
    k.n_classes, k.n_participants, k.cost_idr, cast(k.cost_idr as double) / nullif(k.n_participants, 0) as cost_per_participant
from counted as c
left join raised as r on c.program_code = r.program_code
left join resolved as s on c.program_code = s.program_code
left join evidence as e on c.program_code = e.program_code
left join costs as k on c.program_code = k.program_code
