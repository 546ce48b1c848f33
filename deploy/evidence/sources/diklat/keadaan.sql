-- How new each source is. One row: a source. Days are text, here and in every source: Evidence makes a moment of a date, midnight in UTC.
select
    strftime(r.as_of, '%Y-%m-%d') as as_of, r.city, b.build_id, f.source,
    case f.source
        when 'assessments' then 'tes peserta' when 'attendance' then 'daftar hadir' when 'classes' then 'kelas (angkatan)'
        when 'employees' then 'pegawai' when 'enrolments' then 'peserta' when 'follow_ups' then 'tindak lanjut'
        when 'instructors' then 'narasumber' when 'observations' then 'pengamatan perilaku' when 'performance' then 'kinerja (SKP)'
        when 'programs' then 'program' when 'projects' then 'proyek' when 'service_satisfaction' then 'survei kepuasan masyarakat'
        when 'sessions' then 'sesi' when 'survey_responses' then 'survei peserta' when 'units' then 'unit kerja' else f.source
    end as source_name,
    strftime(f.data_through, '%Y-%m-%d') as data_through, strftime(f.delivered_at, '%Y-%m-%d') as delivered_on,
    f.n_files_held, f.n_files_refused, f.n_warnings
from ops.freshness as f
cross join ops.run as r
cross join ops.build as b
