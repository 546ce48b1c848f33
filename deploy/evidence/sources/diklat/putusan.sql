-- Verdicts, with their codes in words. One row: a program, by its current curriculum.
select
    v.program_code, v.program_name, v.curriculum_version, v.verdict, verdict.label as verdict_name, verdict.position as verdict_position,
    v.decision, decision.label as decision_name, decision.position as decision_position, v.flag_state, v.action, v.owner,
    strftime(v.due_on, '%Y-%m-%d') as due_on, evidence.label as evidence_name, v.n_participants
from marts.program_verdict as v
left join ops.code_list as verdict
    on verdict.table_name = 'marts.program_verdict' and verdict.column_name = 'verdict' and verdict.code = v.verdict
left join ops.code_list as decision
    on decision.table_name = 'marts.program_verdict' and decision.column_name = 'decision' and decision.code = v.decision
left join ops.code_list as evidence
    on evidence.table_name = 'marts.program_verdict' and evidence.column_name = 'evidence_grade' and evidence.code = v.evidence_grade
