"""The column registry: each recurring column described once, for sources, core and marts alike.

Belongs here: a column that stands in more than one table. A column of one table only is described in that table.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from schemas.column import Column, Type
from schemas.identity.nip import OF_BOTH, OF_PNS, OF_PPPK

METHODS: Mapping[str, tuple[str, ...]] = {
    "tatap_muka": ("tatap muka", "klasikal", "pelatihan", "pelatihan klasikal", "luring"),
    "seminar": ("konferensi", "sarasehan"),
    "workshop": ("lokakarya",),
    "bimbingan_teknis": ("bimtek", "bimbingan teknis"),
    "e_learning": (
        *("e-learning", "elearning", "daring", "full daring", "daring penuh", "online", "full online", "mooc", "zoom"),
        *("via zoom", "melalui zoom", "pembelajaran jarak jauh", "pelatihan jarak jauh", "pjj"),
    ),
    "blended": ("blended learning", "bauran", "campuran", "hybrid", "hibrida"),
    "other": ("lainnya",),
}
KINDS = (
    *("teknis", "manajerial", "fungsional", "struktural", "dasar", "kepemimpinan", "sosial kultural", "sosio kultural"),
    *("pelatihan teknis", "pelatihan manajerial", "pelatihan fungsional", "pelatihan struktural", "pelatihan dasar"),
    *("diklat teknis", "diklat manajerial", "diklat fungsional", "diklat struktural", "diklat dasar", "latsar"),
)
"""Kinds of training, which say nothing of its form and stand under the same headings (`Jenis Pelatihan`)."""
ASPECTS: Mapping[str, tuple[str, ...]] = {
    "MATERI": ("materi pelatihan",),
    "NARASUMBER": ("pengajar", "fasilitator", "widyaiswara"),
    "METODE": ("metode pembelajaran", "metode pelatihan"),
    "PENYELENGGARA": ("penyelenggaraan", "panitia"),
    "SARPRAS": ("sarana dan prasarana", "sarana & prasarana", "sarana prasarana", "sarana"),
    "MANFAAT": ("kebermanfaatan",),
    "OVERALL": ("keseluruhan", "secara keseluruhan"),
}
ELEMENTS: Mapping[str, tuple[str, ...]] = {
    "persyaratan": ("persyaratan pelayanan", "kesesuaian persyaratan"),
    "prosedur": (
        *("sistem, mekanisme, dan prosedur", "sistem, mekanisme dan prosedur", "sistem mekanisme dan prosedur"),
        *("prosedur pelayanan", "kemudahan prosedur"),
    ),
    "waktu": ("waktu penyelesaian", "waktu pelayanan"),
    "biaya": ("biaya/tarif", "biaya / tarif", "biaya atau tarif"),
    "produk": ("produk spesifikasi jenis pelayanan", "produk layanan", "produk pelayanan"),
    "kompetensi": ("kompetensi pelaksana",),
    "perilaku": ("perilaku pelaksana",),
    "pengaduan": (
        *("penanganan pengaduan, saran, dan masukan", "penanganan pengaduan, saran dan masukan"),
        *("penanganan pengaduan saran dan masukan", "penanganan pengaduan"),
    ),
    "sarana": ("sarana dan prasarana", "sarana prasarana", "sarana & prasarana", "sarana/prasarana", "sarpras"),
}
"""The nine elements of PermenPANRB 14/2017, always by name: files disagree on the order of the last two."""
RATINGS: Mapping[str, tuple[str, ...]] = {
    "di_atas": ("di atas ekspektasi", "diatas ekspektasi", "diatas"),
    "sesuai": ("sesuai ekspektasi",),
    "di_bawah": ("di bawah ekspektasi", "dibawah ekspektasi", "dibawah"),
}
"""Ratings of PermenPANRB 6/2022. SIASN's codes are inverted (1 = di atas), so a bare code is not accepted."""

ECHELONS: Mapping[str, tuple[str, ...]] = {
    level: tuple(
        f"{word} {level}{part}".casefold()
        for word in ("eselon", "esl.", "es.", "esl", "es")
        for part in ("", *(f"{mark}{room}" for mark in (".", "/", " ", "") for room in "ab"))
    )
    for level in ("I", "II", "III", "IV", "V")
}
"""Echelons by which offices still say the group of a position: I and II are pimpinan tinggi, III administrator, IV
pengawas, V pelaksana (UU 5/2014, article 131)."""
FUNCTIONAL = (
    "",
    "jf ",
    "jft ",
    "fungsional ",
    "fungsional tertentu ",
    "jabatan fungsional ",
    "jabatan fungsional tertentu ",
)
"""Ways to begin the name of a functional position's level."""
LEADERS = ("jpt", "pimpinan tinggi", "jabatan pimpinan tinggi")
GENERAL = ("jfu", "fungsional umum", "jabatan fungsional umum", "staf", "staff", "staf pelaksana")
"""What pelaksana were called before UU 5/2014, and in offices still are."""
STRUCTURAL = ("struktural", "jabatan struktural", "pejabat struktural", "manajerial", "jabatan manajerial")
TERTENTU = ("fungsional", "jabatan fungsional", "jf", "jft", "fungsional tertentu", "jabatan fungsional tertentu")
ADMINISTRATIVE = ("jabatan administrasi", "pejabat administrasi")
NON_MANAGERIAL = ("nonmanajerial", "non manajerial", "jabatan nonmanajerial", "jabatan non manajerial")


def _register(type_: Type, rows: Mapping[str, tuple[Any, ...]]) -> dict[str, Column]:
    return {
        name: Column(name, type_, description, label, **(rest[0] if rest else {}))
        for name, (description, label, *rest) in rows.items()
    }


def _key(entity: str, table: str, label: str) -> Column:
    return Column(
        f"{entity}_key",
        "text",
        f"Key of {table}: the first 16 hex digits of the md5 of its natural key; 'unknown' is the unknown member.",
        f"Kunci {label}",
        references=f"core.{table}",
    )


TEXT = _register(
    "text",
    {
        "employee_id": ("Employee: pseudonym of the NIP or NI PPPK.", "NIP / NI PPPK", {"privacy": "pseudonym"}),
        "full_name": ("Full name as printed.", "Nama lengkap", {"privacy": "identifier"}),
        "employment_type": (
            "Kind of appointment.",
            "Jenis kepegawaian",
            {
                "values": {
                    "PNS": ("pegawai negeri sipil", "cpns", "calon pns"),
                    "PPPK": ("p3k", "pppk penuh waktu"),
                    "PPPK_PARUH_WAKTU": ("pppk paruh waktu", "p3k paruh waktu", "paruh waktu", "pppk pw", "p3k pw"),
                    "other": ("lainnya",),
                },
                "vague": ("Jenis Pegawai", "Status ASN", "Status PNS/PPPK"),
            },
        ),
        "unit_code": (
            "Code of the organisational unit (OPD, UPTD, kecamatan, kelurahan); known names of it are brought to the code.",
            "Kode unit kerja",
            {
                "reader": "unit",
                "wider": ("OPD", "Perangkat Daerah", "SKPD", "UNOR Induk", "UNOR Induk Nama", "Nama UNOR Induk"),
            },
        ),
        "unit_name": ("Name of the unit in that month.", "Nama unit kerja"),
        "parent_unit_code": (
            "Unit that this unit belongs to; empty at the top.",
            "Kode unit induk",
            {"nullable": True, "reader": "unit"},
        ),
        "unit_type": ("Kind of unit, such as dinas, badan, kecamatan.", "Jenis unit"),
        "position_title": ("Position as printed in the decree.", "Nama jabatan", {"nullable": True}),
        "position_group": (
            "Group of the position (UU 5/2014): the comparison stratum.",
            "Kelompok jabatan",
            {
                "reader": "remark",
                "values": {
                    "jpt": (
                        *("pimpinan tinggi", "jabatan pimpinan tinggi"),
                        *(f"{kind} {level}" for kind in LEADERS for level in ("pratama", "madya", "utama")),
                        *ECHELONS["I"],
                        *ECHELONS["II"],
                    ),
                    "administrator": ("jabatan administrator", "pejabat administrator", *ECHELONS["III"]),
                    "pengawas": ("jabatan pengawas", "pejabat pengawas", *ECHELONS["IV"]),
                    "pelaksana": ("jabatan pelaksana", *GENERAL, *ECHELONS["V"]),
                    "jf_keahlian": (
                        *(f"{kind}keahlian" for kind in FUNCTIONAL if kind),
                        *(
                            f"{kind}{level}"
                            for kind in FUNCTIONAL
                            for level in ("ahli pertama", "ahli muda", "ahli madya", "ahli utama")
                        ),
                    ),
                    "jf_keterampilan": (
                        *(f"{kind}keterampilan" for kind in FUNCTIONAL if kind),
                        *(
                            f"{kind}{level}"
                            for kind in FUNCTIONAL
                            for level in ("pemula", "terampil", "mahir", "penyelia")
                        ),
                    ),
                    "other": ("lainnya",),
                },
                "broad": {
                    **dict.fromkeys(STRUCTURAL, ("jpt", "administrator", "pengawas")),
                    **dict.fromkeys(TERTENTU, ("jf_keahlian", "jf_keterampilan")),
                    **dict.fromkeys(ADMINISTRATIVE, ("administrator", "pengawas", "pelaksana")),
                    **dict.fromkeys(NON_MANAGERIAL, ("pelaksana", "jf_keahlian", "jf_keterampilan")),
                },
            },
        ),
        "grade": (
            "Golongan/ruang: I/a to IV/e for PNS, I to XVII for PPPK.",
            "Golongan",
            {"nullable": True, "reader": "grade"},
        ),
        "education_level": (
            "Highest education.",
            "Pendidikan terakhir",
            {"nullable": True, "wider": ("Pendidikan", "Pendidikan Nama")},
        ),
        "program_code": ("Training program.", "Kode program", {"reader": "code"}),
        "program_name": ("Name of the program.", "Nama program"),
        "competency_area": ("Competence the program builds.", "Bidang kompetensi", {"nullable": True}),
        "curriculum_version": ("Version of the program's curriculum.", "Versi kurikulum", {"reader": "version"}),
        "instructor_id": ("Resource person (narasumber).", "Kode narasumber", {"reader": "code"}),
        "instructor_name": (
            "Name of the narasumber, who acts in a public role.",
            "Nama narasumber",
            {"nullable": True},
        ),
        "instructor_type": (
            "Kind of narasumber, such as widyaiswara or praktisi.",
            "Jenis narasumber",
            {"nullable": True, "vague": ("Kategori",)},
        ),
        "affiliation": (
            "Institution of the narasumber.",
            "Instansi asal",
            {"nullable": True, "vague": ("Unit Kerja", "Asal")},
        ),
        "class_id": ("Class (angkatan): one run of a program.", "Kode kelas", {"reader": "class"}),
        "assignment": (
            "How participants came to the class; it states the design of every effect.",
            "Cara penetapan peserta",
            {
                "values": {
                    "randomised": ("randomized", "acak", "diundi", "undian"),
                    "nominated": ("ditunjuk", "penunjukan", "ditugaskan", "penugasan", "usulan opd", "penunjukan opd"),
                    "self_selected": ("self-selected", "mendaftar sendiri", "pendaftaran mandiri"),
                },
                "nullable": True,
            },
        ),
        "method": (
            "Form of delivery.",
            "Bentuk pelatihan",
            {"values": METHODS, "nullable": True, "reader": "remark", "unsaid": KINDS, "wider": ("Jenis Pelatihan",)},
        ),
        "organiser": ("Unit that organises the class.", "Penyelenggara", {"nullable": True}),
        "module_name": (
            "Title of the session.",
            "Mata pelatihan",
            {
                "nullable": True,
                "wider": ("Materi", "Modul"),
                "vague": ("Topik", "Pokok Bahasan", "Kegiatan", "Uraian Kegiatan", "Agenda", "Agenda Pembelajaran"),
            },
        ),
        "aspect": ("Aspect of the training that is judged.", "Aspek", {"values": ASPECTS}),
        "item_code": (
            "Question of the form.",
            "Kode butir",
            {"vague": ("Butir", "Butir Pertanyaan", "Pertanyaan", "Pernyataan", "Item")},
        ),
        "period_regime": ("Rules the rating follows; never compared across.", "Rezim penilaian"),
        "service": ("Public service that is judged.", "Jenis layanan"),
        "element": (
            "Element of the public satisfaction survey (PermenPANRB 14/2017).",
            "Unsur SKM",
            {"values": ELEMENTS},
        ),
        "project_id": ("Development project.", "Kode proyek"),
        "flag_id": (
            "Curriculum flag: program:version:aspect, and the narasumber where it is about one.",
            "Kode tanda",
            {"reader": "flag"},
        ),
        "outcome": (
            "Result of the enrolment.",
            "Hasil",
            {
                "values": {
                    "lulus": ("pass", "dinyatakan lulus", "sangat memuaskan", "memuaskan", "cukup memuaskan"),
                    "tidak_lulus": ("tidak lulus", "fail"),
                },
                "nullable": True,
                "reader": "remark",
                "unsaid": ("belum", "belum ada", "belum dinilai", "proses", "dalam proses"),
                "wider": ("Predikat Kelulusan", "Kualifikasi Kelulusan"),
            },
        ),
    },
)
LAST_NUMBER = 500
"""No class has more sessions."""
INTEGERS = _register(
    "integer",
    {
        "session_no": (
            "Number of the session within the class, from 1.",
            "Sesi ke-",
            {"minimum": 1, "maximum": LAST_NUMBER, "reader": "ordinal"},
        ),
        "batch_no": (
            "Number of the batch within the program.",
            "Angkatan ke-",
            {"minimum": 1, "nullable": True, "reader": "ordinal"},
        ),
        "planned_participants": (
            "Planned number of participants.",
            "Rencana peserta",
            {"unit": "people", "minimum": 0, "nullable": True, "is_of_row": True},
        ),
        "year": ("Calendar year.", "Tahun", {"unit": "year"}),
        "cost_idr": (
            "Cost of the class.",
            "Biaya",
            {
                "unit": "IDR",
                "minimum": 0,
                "nullable": True,
                "is_of_row": True,
                "wider": ("Realisasi Biaya", "Realisasi Anggaran"),
                "vague": ("Pagu Anggaran",),
            },
        ),
        "contract_idr": ("Value of the contract.", "Nilai kontrak", {"unit": "IDR", "minimum": 0, "nullable": True}),
        "realised_idr": (
            "Money spent so far, cumulative.",
            "Realisasi keuangan",
            {"unit": "IDR", "minimum": 0, "nullable": True},
        ),
        "n_enrolled": ("People enrolled.", "Jumlah terdaftar", {"unit": "people", "minimum": 0}),
        "n_attended": (
            "Enrolled people present in at least one session.",
            "Jumlah hadir",
            {"unit": "people", "minimum": 0},
        ),
        "n_completed": ("Enrolled people with status completed.", "Jumlah selesai", {"unit": "people", "minimum": 0}),
        "n_passed": (
            "Enrolled people with outcome lulus; empty where n_enrolled_examined is.",
            "Jumlah lulus",
            {"unit": "people", "minimum": 0},
        ),
        "n_enrolled_examined": (
            "Enrolled people whose result is known; who withdrew has none and did not pass. Empty where fewer results than minimum_cell_size were delivered.",
            "Jumlah terdaftar dengan hasil diketahui",
            {"unit": "people", "minimum": 0, "nullable": True},
        ),
        "n_expected": (
            "People expected to answer: enrolled and not withdrawn.",
            "Jumlah responden diharapkan",
            {"unit": "people", "minimum": 0, "nullable": True},
        ),
        "n_sessions_known": (
            "Person-sessions with a known status.",
            "Sesi-orang diketahui",
            {"unit": "person-sessions", "minimum": 0, "nullable": True},
        ),
        "n_sessions_attended": (
            "Person-sessions attended.",
            "Sesi-orang dihadiri",
            {"unit": "person-sessions", "minimum": 0, "nullable": True},
        ),
        "n_respondents": ("People who answered.", "Jumlah responden", {"unit": "people", "minimum": 0}),
        "n_dissatisfied": (
            "Respondents in the lower part of the scale.",
            "Jumlah tidak puas",
            {"unit": "people", "minimum": 0},
        ),
        "n_classes": ("Classes.", "Jumlah kelas", {"unit": "classes", "minimum": 0}),
        "n_pairs": (
            "People with both a pre-test and a post-test.",
            "Jumlah pasangan pre-post",
            {"unit": "people", "minimum": 0},
        ),
        "n_answers": ("Answers.", "Jumlah jawaban", {"unit": "answers", "minimum": 0}),
    },
)
SHARE = {"unit": "share 0–1", "minimum": 0, "maximum": 1, "nullable": True}

NUMBERS = _register(
    "number",
    {
        "scheduled_jp": (
            "Training hours of the class (1 JP = 45 minutes).",
            "JP terjadwal",
            {"unit": "JP", "minimum": 0, "nullable": True},
        ),
        "jp": (
            "Training hours of the session (1 JP = 45 minutes).",
            "JP",
            {"unit": "JP", "minimum": 0, "maximum": 24, "nullable": True},
        ),
        "certificate_jp": (
            "Training hours printed on the certificate.",
            "JP sertifikat",
            {"unit": "JP", "minimum": 0, "nullable": True},
        ),
        "score": ("Score as given.", "Nilai"),
        "scale_min": ("Lowest score that the form allows.", "Skala minimum"),
        "scale_max": ("Highest score that the form allows.", "Skala maksimum"),
        "max_score": ("Best possible score of the test.", "Nilai maksimum", {"minimum": 0}),
        "numeric_score": ("Numeric performance score, where the regime has one.", "Nilai kinerja", {"nullable": True}),
        "planned_pct": (
            "Planned physical progress, cumulative.",
            "Target fisik kumulatif",
            {"unit": "%", "minimum": 0, "maximum": 100},
        ),
        "actual_pct": (
            "Actual physical progress, cumulative.",
            "Realisasi fisik kumulatif",
            {"unit": "%", "minimum": 0, "maximum": 100},
        ),
        "attendance_share": (
            "Sessions attended ÷ sessions with a known status.",
            "Tingkat kehadiran",
            {**SHARE, "share_of": ("n_sessions_attended", "n_sessions_known")},
        ),
        "completion_share": (
            "n_completed ÷ n_enrolled.",
            "Tingkat penyelesaian kelas",
            {**SHARE, "share_of": ("n_completed", "n_enrolled")},
        ),
        "pass_share": (
            "n_passed ÷ n_enrolled_examined.",
            "Tingkat kelulusan",
            {**SHARE, "share_of": ("n_passed", "n_enrolled_examined")},
        ),
        "response_rate": (
            "n_respondents ÷ n_expected; empty where nobody was expected, or more forms came than there were people.",
            "Tingkat respons",
            {**SHARE, "share_of": ("n_respondents", "n_expected")},
        ),
        "index_0_100": (
            "Mean of (score − scale_min) ÷ (scale_max − scale_min) × 100.",
            "Indeks 0–100",
            {"unit": "points 0–100", "minimum": 0, "maximum": 100, "nullable": True},
        ),
        "index_agency": (
            "Mean of score ÷ scale_max × 100, as agencies print it.",
            "Indeks gaya instansi",
            {"unit": "points", "minimum": 0, "maximum": 100, "nullable": True},
        ),
        "dissatisfied_share": (
            "n_dissatisfied ÷ n_respondents.",
            "Porsi tidak puas",
            {**SHARE, "share_of": ("n_dissatisfied", "n_respondents")},
        ),
        "wilson_low": (
            "Lower Wilson bound of dissatisfied_share.",
            "Batas bawah Wilson",
            SHARE,
        ),
        "wilson_high": (
            "Upper Wilson bound of dissatisfied_share.",
            "Batas atas Wilson",
            SHARE,
        ),
        "hedges_g": (
            "Standardised mean difference with Hedges' small-sample correction.",
            "Hedges g",
            {"unit": "standard deviations", "nullable": True},
        ),
    },
)
DATES = _register(
    "date",
    {
        "snapshot_month": ("First day of the month the snapshot shows.", "Bulan potret"),
        "delivery_month": ("First day of the month the row was delivered for.", "Bulan kiriman"),
        "version_valid_from": (
            "Day from which the curriculum version holds.",
            "Versi berlaku sejak",
            {"nullable": True},
        ),
        "valid_from": ("First day on which this version of the row holds.", "Berlaku sejak"),
        "valid_to": ("First day on which it no longer holds (half-open); 9999-12-31 while current.", "Berlaku sampai"),
        "start_date": (
            "First day of the class.",
            "Tanggal mulai",
            {"nullable": True, "wider": ("Realisasi Tanggal Mulai", "Realisasi Mulai"), "vague": ("Mulai", "Tanggal")},
        ),
        "end_date": (
            "Last day of the class.",
            "Tanggal selesai",
            {
                "nullable": True,
                "ends": "start_date",
                "wider": ("Realisasi Tanggal Selesai", "Realisasi Selesai"),
                "vague": ("Selesai",),
            },
        ),
        "class_ended_on": (
            "Last day of the class, or its first where no last one was delivered.",
            "Kelas berakhir",
            {"nullable": True},
        ),
        "session_date": ("Day of the session.", "Tanggal sesi", {"nullable": True}),
        "assessed_on": ("Day of the test.", "Tanggal tes", {"nullable": True, "is_past": True, "wider": ("Tanggal",)}),
        "observed_on": ("Day of the observation.", "Tanggal pengamatan", {"is_past": True, "wider": ("Tanggal",)}),
        "period_start": ("First day of the period.", "Awal periode"),
        "period_end": ("Last day of the period.", "Akhir periode", {"is_past": True}),
        "month_start": ("First day of the month.", "Bulan"),
    },
)
BOOLEANS = _register(
    "boolean",
    {
        "is_current": ("True for the version that holds now.", "Versi berjalan"),
        "is_suppressed": (
            "True where numbers of the row are left out because they would tell about fewer people than minimum_cell_size. Left out is neither zero nor unknown.",
            "Disembunyikan (kelompok kecil)",
        ),
    },
)
KEYS = {
    f"{entity}_key": _key(entity, f"dim_{entity}", label)
    for entity, label in {
        "date": "tanggal",
        "employee": "pegawai",
        "unit": "unit kerja",
        "program": "program",
        "class": "kelas",
        "session": "sesi",
        "instructor": "narasumber",
        "survey_item": "butir survei",
        "service_element": "unsur layanan",
    }.items()
}

HEADINGS: Mapping[str, tuple[str, ...]] = {
    "employee_id": (
        "NIP",
        "NIP Baru",
        *OF_PNS[1:],
        *OF_PPPK,
        *OF_BOTH,
        "Nomor Induk Pegawai",
        "NIP Pegawai",
        "NIP Peserta",
        "Nama / NIP",
        "NIP / Nama",
        "Nama dan NIP",
        "Nama Peserta / NIP",
        "Nama Pegawai / NIP",
        "Nama Lengkap / NIP",
        "NIP / NIK",
        "NIP / NRP",
        "Nomor Induk Pegawai (NIP)",
    ),
    "full_name": (
        "Nama",
        "Nama Pegawai",
        "Nama Peserta",
        "Nama dan Gelar",
        "Nama & Gelar",
        "Nama Lengkap dan Gelar",
        "Nama Lengkap & Gelar",
        "Nama ASN",
        "Nama PNS",
        "Nama PPPK",
    ),
    "employment_type": ("Status Kepegawaian", "Status Pegawai", "Jenis ASN", "PNS/PPPK"),
    "unit_code": (
        "Unit Kerja",
        "OPD",
        "Kode OPD",
        "Perangkat Daerah",
        "SKPD",
        "Satker",
        "Satuan Kerja",
        "Kode Unit",
        "Unit Kerja/OPD",
        "OPD/Unit Kerja",
        "UNOR",
        "UNOR Nama",
        "Nama UNOR",
        "UNOR Induk",
        "UNOR Induk Nama",
        "Nama UNOR Induk",
    ),
    "unit_name": (
        *("Nama OPD", "Nama Unit", "Nama Perangkat Daerah", "Nama SKPD", "Nama Satker", "Nama Satuan Kerja"),
        *("Nama UNOR", "Nomenklatur", "Nomenklatur Perangkat Daerah", "Nomenklatur OPD"),
    ),
    "parent_unit_code": (
        *("Induk", "Unit Induk", "OPD Induk", "Kode Induk", "Unit Kerja Induk", "Kode Unit Induk"),
        *("Kode OPD Induk", "Perangkat Daerah Induk", "SKPD Induk", "UNOR Induk", "UNOR Atasan", "Unit Atasan"),
    ),
    "position_title": (
        *("Jabatan", "Jabatan Nama", "Jabatan Nama Jabatan"),
        *("Jabatan Terakhir", "Jabatan Saat Ini", "Nomenklatur Jabatan"),
    ),
    "position_group": ("Jenis Jabatan", "Jenis Jabatan Nama"),
    "grade": (
        "Gol",
        "Gol/Ruang",
        "Pangkat Gol Ruang",
        "Pangkat Golongan Ruang",
        "Golongan/Ruang",
        "Pangkat/Gol",
        "Pangkat/Golongan",
        "Pangkat/Gol. Ruang",
        "Pangkat dan Golongan",
        "Golongan Terakhir",
        "Gol Akhir",
        "Gol Akhir Nama",
        "Golongan Akhir",
    ),
    "education_level": (
        *(
            "Pendidikan",
            "Pendidikan Nama",
            "Tingkat Pendidikan",
            "Tingkat Pendidikan Nama",
            "Jenjang Pendidikan",
            "Pendidikan Tingkat",
            "Pendidikan Jenjang",
        ),
        *("Pendidikan Tingkat Ijazah", "Pendidikan Tingkat Pendidikan"),
    ),
    "program_code": ("Kode Pelatihan", "Kode Diklat", "ID Program"),
    "program_name": (
        *("Nama Pelatihan", "Nama Diklat", "Nama Program Pelatihan", "Judul Pelatihan", "Judul Diklat"),
        *("Program Pelatihan", "Judul Program"),
    ),
    "competency_area": ("Rumpun Kompetensi", "Rumpun", "Jenis Kompetensi", "Kelompok Kompetensi"),
    "instructor_id": (
        *("ID Narasumber", "Kode Pengajar", "Kode Fasilitator", "Kode Instruktur", "Kode Widyaiswara"),
        *("Kode WI", "Kode Pemateri"),
    ),
    "class_id": ("Kode Angkatan", "ID Kelas", "Kelas"),
    "batch_no": ("Angkatan", "Batch", "Gelombang"),
    "curriculum_version": ("Versi",),
    "version_valid_from": ("Berlaku Sejak", "Berlaku Mulai", "Mulai Berlaku", "Tanggal Berlaku"),
    "method": (
        "Metode",
        "Metode Pelatihan",
        "Jenis Pelatihan",
        "Bentuk",
        "Bentuk Kegiatan",
        "Bentuk Diklat",
        "Moda",
        "Moda Pelatihan",
        "Metode Pelaksanaan",
        "Metode Pembelajaran",
        "Moda Pembelajaran",
    ),
    "organiser": (
        *("Instansi Penyelenggara", "Lembaga Penyelenggara", "OPD Penyelenggara", "Unit Penyelenggara"),
        *("Penyelenggara Pelatihan", "Penyelenggara Diklat"),
    ),
    "scheduled_jp": (
        *("JP", "Jumlah JP", "Total JP", "Jam Pelajaran", "Rencana JP"),
        *("Jumlah Jam Pelajaran", "JPL", "Jumlah JPL", "Durasi (JP)", "Lama (JP)"),
    ),
    "outcome": ("Kelulusan", "Status Kelulusan", "Hasil Kelulusan", "Predikat Kelulusan", "Kualifikasi Kelulusan"),
    "certificate_jp": ("JP", "Jumlah JP", "JP Sertifikat", "Jumlah Jam Pelajaran", "JPL", "Jumlah JPL"),
    "planned_participants": (
        *("Target Peserta", "Kuota", "Kuota Peserta"),
        *("Rencana Jumlah Peserta", "Target Jumlah Peserta", "Jumlah Peserta Rencana"),
    ),
    "instructor_type": ("Jenis", "Kategori Narasumber", "Jenis Pengajar"),
    "affiliation": ("Instansi", "Asal Instansi", "Lembaga", "Institusi", "Asal Lembaga"),
    "module_name": (
        *("Mata Diklat", "Mata Pelajaran", "Mata Ajar", "Modul", "Materi", "Nama Modul", "Judul Modul"),
        *("Materi Pelatihan", "Materi Diklat", "Judul Materi", "Mata Pelatihan/Kegiatan", "Materi/Kegiatan"),
    ),
    "item_code": ("Kode Item", "Kode Pertanyaan", "Kode Pernyataan"),
    "session_no": ("Sesi", "Pertemuan", "Pertemuan ke", "No Sesi"),
    "session_date": ("Tanggal", "Hari/Tanggal", "Tgl"),
    "jp": (
        *("Jumlah JP", "Jam Pelajaran", "Jumlah Jam Pelajaran", "JPL", "Jumlah JPL"),
        *("Durasi (JP)", "Lama (JP)", "Alokasi Waktu (JP)"),
    ),
    "score": ("Skor",),
    "scale_min": ("Skala Min", "Skala Minimal", "Nilai Minimum", "Nilai Minimal", "Skala Terendah"),
    "scale_max": ("Skala Maks", "Skala Maksimal", "Nilai Maksimum", "Nilai Maksimal", "Skala Tertinggi"),
    "max_score": ("Nilai Maks", "Skor Maksimum", "Skor Maks", "Nilai Maksimal", "Skor Maksimal"),
    "assessed_on": ("Tanggal Ujian", "Tanggal Pelaksanaan Tes", "Tanggal"),
    "observed_on": ("Tanggal Observasi", "Tanggal Penilaian", "Tanggal"),
    "start_date": (
        *("Tanggal Pelaksanaan", "Tgl Mulai", "Waktu Pelaksanaan", "Jadwal Pelaksanaan"),
        *("Realisasi Tanggal Mulai", "Realisasi Mulai"),
        *("Tanggal Pelaksanaan Mulai", "Waktu Pelaksanaan Mulai", "Jadwal Pelaksanaan Mulai", "Pelaksanaan Mulai"),
    ),
    "end_date": (
        *("Tgl Selesai", "Tanggal Akhir", "Tanggal Pelaksanaan Selesai", "Waktu Pelaksanaan Selesai"),
        *("Realisasi Tanggal Selesai", "Realisasi Selesai"),
        *("Jadwal Pelaksanaan Selesai", "Pelaksanaan Selesai"),
    ),
    "cost_idr": ("Biaya (Rp)", "Anggaran", "Realisasi Biaya", "Realisasi Anggaran"),
    "service": ("Layanan", "Unit Layanan"),
    "element": ("Unsur", "Unsur Pelayanan"),
    "planned_pct": ("Rencana Fisik (%)", "Target Fisik Kumulatif (%)"),
    "actual_pct": ("Realisasi Fisik Kumulatif (%)",),
    "contract_idr": ("Nilai Kontrak (Rp)",),
    "realised_idr": ("Realisasi Keuangan (Rp)",),
}
"""Column → further headings that offices write over it."""

FIELDS: Mapping[str, Column] = {
    name: replace(column, aliases=HEADINGS.get(name, ()))
    for name, column in {**TEXT, **INTEGERS, **NUMBERS, **DATES, **BOOLEANS, **KEYS}.items()
}
