"""Why a row or a file is refused, in words that let the sender mend it (Bahasa Indonesia first)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

ERROR_CELL = "#ERROR!"
"""What stands for a workbook's error cell, or for a formula that was saved without its result."""
CELL_ERRORS = frozenset([ERROR_CELL, "#REF!", "#N/A", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!", "#SPILL!"])

_MONTH = "Jan|Feb|Peb|Mar|Apr|Mei|May|Jun|Jul|Agu|Agt|Aug|Sep|Okt|Oct|Nov|Nop|Des|Dec"
AS_DATE = rf"^(?:\d{{4}}-\d\d-\d\d(?: 00:00:00)?|\d{{1,2}}/\d{{1,2}}/\d{{4}}|\d{{1,2}}-(?:{_MONTH})(?:-\d\d(?:\d\d)?)?|(?:{_MONTH})-\d\d(?:\d\d)?|\d(?:[.,]\d+)?[Ee]\+\d\d+)$"
"""A code that looks so was made a date by a spreadsheet, from `2-1` or `MAR-01`, or a number in powers of ten (`1,23457E+11`); what it was cannot be told any more."""


@dataclass(frozen=True, slots=True)
class Reason:
    """A reason of refusal: what is wrong in both languages, and how to mend it."""

    indonesian: str
    english: str
    mend: str


REASONS: Mapping[str, Reason] = {
    # rows
    "MISSING": Reason("Sel wajib diisi, tetapi kosong.", "A required cell is empty.", "Isi sel ini."),
    "NOT_ALLOWED": Reason(
        "Isi sel bukan salah satu pilihan yang diizinkan.", "Not one of the allowed words.", "Pakai salah satu pilihan."
    ),
    "TOO_BROAD": Reason(
        "Kata ini mencakup beberapa pilihan; yang mana tidak dapat dipastikan.",
        "The word covers several of the allowed ones; which is meant cannot be told.",
        "Tulis pilihan yang lebih rinci.",
    ),
    "PRESENCE_HOUR": Reason(
        "Ini jam, bukan kehadiran: satu jam tidak memastikan bahwa orang itu hadir.",
        "An hour, and no presence: one alone does not say that somebody was there.",
        "Tulis H, I, S, A, DL, atau C; log mesin absen dikirim dengan kolom Tanggal, Masuk, dan Pulang.",
    ),
    "PRESENCE_COUNT": Reason(
        "Ini angka, bukan kehadiran: daftar ini tampaknya menghitung jam atau sesi yang diikuti, sehingga angka 1 pun belum tentu hadir.",
        "A number, and no presence: the list seems to count hours or sessions, so that even a one need not say that somebody was there.",
        "Tulis H, I, S, A, DL, atau C, dengan satu kolom tiap sesi.",
    ),
    "STATUS_RESULT": Reason(
        "Ini hasil pelatihan, bukan status keikutsertaan: yang tidak lulus mungkin mengikutinya sampai selesai, mungkin tidak.",
        "A result, and no state: who did not pass may have completed the class or not.",
        "Tulis hasil ini pada kolom Kelulusan, dan pada kolom Status: selesai, terdaftar, atau mengundurkan diri.",
    ),
    "NOT_A_NUMBER": Reason("Bukan angka.", "Not a number.", "Tulis angka saja, misalnya 87.5."),
    "NOT_AN_INTEGER": Reason("Bukan bilangan bulat.", "Not a whole number.", "Tulis bilangan bulat, misalnya 3."),
    "NOT_A_DATE": Reason(
        "Bukan tanggal yang ada di kalender.", "Not a date of the calendar.", "Tulis TTTT-BB-HH, misalnya 2026-03-12."
    ),
    "NO_YEAR": Reason(
        "Tahunnya tidak tertulis, atau tidak jelas.",
        "The year is not there, or either of two.",
        "Tulis beserta tahunnya, misalnya 12 Januari 2026.",
    ),
    "DATE_SEVERAL": Reason(
        "Beberapa hari, padahal sel ini untuk satu hari.",
        "Several days, where one is asked for.",
        "Tulis satu hari, misalnya 2026-03-12; hari yang lain pada baris tersendiri.",
    ),
    "DATE_ORDER": Reason(
        "Urutan hari dan bulan tidak jelas: kolom ini memuat kedua urutan, atau tidak memastikan satu pun.",
        "Day or month first? The column holds both orders, or proves neither.",
        "Tulis TTTT-BB-HH, misalnya 2026-03-12.",
    ),
    "NUMBER_AMBIGUOUS": Reason(
        "Titik atau koma pada angka ini dapat berarti ribuan atau desimal.",
        "The mark may separate thousands or decimals, and nothing in the column tells which.",
        "Tulis tanpa pemisah ribuan, misalnya 1234 atau 1.2340.",
    ),
    "CELL_ERROR": Reason(
        "Sel berisi galat atau rumus tanpa hasil.",
        "The cell holds an error, or a formula without its result.",
        "Ganti rumus dengan nilainya (Tempel Khusus, Nilai).",
    ),
    "GRADE_UNCLEAR": Reason("Golongan PNS harus dengan ruang.", "A PNS grade needs its ruang.", "Tulis misalnya IV/a."),
    "NOT_A_TIME": Reason("Bukan waktu yang sah.", "Not a point in time.", "Tulis TTTT-BB-HH JJ:MM:DD."),
    "NOT_A_BOOLEAN": Reason("Bukan ya atau tidak.", "Neither true nor false.", "Tulis true atau false."),
    "TOO_SMALL": Reason("Nilai di bawah batas terendah.", "Below the lowest allowed value.", "Periksa nilainya."),
    "TOO_LARGE": Reason("Nilai di atas batas tertinggi.", "Above the highest allowed value.", "Periksa nilainya."),
    "OFF_SCALE": Reason("Nilai di luar skala.", "The score lies outside its scale.", "Periksa nilai dan skalanya."),
    "SCALE_EMPTY": Reason(
        "Skala maksimum harus lebih besar daripada minimum.",
        "The scale's top is not above its bottom.",
        "Periksa skala.",
    ),
    "END_BEFORE_START": Reason("Akhir mendahului awal.", "The end lies before the start.", "Periksa kedua tanggal."),
    "REGIME_EARLY": Reason(
        "PermenPANRB 6/2022 baru berlaku sejak 2022; predikat tahun sebelumnya mengikuti aturan lain.",
        "PermenPANRB 6/2022 holds since 2022; predicates of earlier years follow other rules.",
        "Tulis aturannya di atas tabel atau sebagai kolom, misalnya 'Rezim Penilaian : PP 46/2011'.",
    ),
    "KEY_CONFLICT": Reason(
        "Baris lain dalam kiriman yang sama memiliki kunci yang sama tetapi isi berbeda.",
        "Another row of the same delivery has the same key and other content.",
        "Sisakan satu baris yang benar.",
    ),
    "CODE_SEVERAL": Reason(
        "Sel memuat beberapa kode.",
        "The cell holds several codes.",
        "Tulis satu kode, misalnya TS-2026-01-001; kirim daftar tiap kelas tersendiri, dan tulis satu narasumber per sesi.",
    ),
    "RAGGED": Reason(
        "Jumlah kolom pada baris ini berbeda dengan judul kolom.",
        "The row has more or fewer cells than the header.",
        "Periksa pemisah kolom dan tanda kutip pada baris ini.",
    ),
    "QUOTES": Reason(
        "Ada teks setelah tanda kutip penutup, sehingga batas sel pada baris ini tidak pasti.",
        "Text follows a closing quote, so nobody can say where the row's cells end.",
        'Hapus tanda kutip di dalam sel, atau tulis dua kali ("").',
    ),
    "SHIFTED": Reason(
        "Isi baris ini tampaknya bergeser satu kolom: sebuah teks terpotong menjadi dua sel.",
        "The row's cells seem to stand one column too far to the right: a text was cut into two cells.",
        "Tulis teks yang memuat koma atau tanda kutip dalam satu sel, lalu geser sel di kanannya kembali.",
    ),
    "NOT_A_SESSION": Reason(
        "Bukan nomor sesi (1 sampai 500), bukan pula tanggal (TTTTBBHH).",
        "Neither a session's number (1 to 500) nor its day (yyyymmdd).",
        "Tulis nomor sesi, misalnya 3.",
    ),
    "NIP_SCIENTIFIC": Reason(
        "NIP ditulis sebagai angka ilmiah atau desimal; digitnya sudah hilang.",
        "The NIP was turned into a number; its digits are lost.",
        "Format kolom sebagai Teks, lalu ketik ulang NIP dari sumbernya.",
    ),
    "NIP_PRECISION_LOST": Reason(
        "NIP berakhiran 000: tiga digit terakhir dirusak oleh Excel.",
        "The NIP ends in 000: a spreadsheet destroyed its last digits.",
        "Format kolom sebagai Teks, lalu ketik ulang NIP dari sumbernya.",
    ),
    "NIP_OLD": Reason("Ini NIP lama (9 digit).", "An old 9-digit NIP.", "Pakai NIP 18 digit."),
    "NIP_IS_NIK": Reason("Ini NIK (16 digit), bukan NIP.", "A NIK, not a NIP.", "Pakai NIP 18 digit."),
    "NIP_NON_ASN": Reason(
        "Bukan ASN: tidak memiliki NIP, sehingga tidak dihitung.",
        "Not a civil servant: there is no NIP, and the row is not counted.",
        "Tidak perlu diperbaiki; bila orang ini ASN, tulis NIP 18 digit.",
    ),
    "PERSON_UNKNOWN": Reason(
        "Orang ini tidak dikenal di antara pegawai menurut NIP, surel, maupun nama lengkapnya.",
        "Nobody among the employees has this NIP, mail address or full name.",
        "Tulis NIP 18 digit; bila orang ini bukan pegawai, tidak perlu diperbaiki.",
    ),
    "PERSON_AMBIGUOUS": Reason(
        "Lebih dari satu pegawai mungkin dimaksud dengan nama ini.",
        "More than one employee may be meant by this name.",
        "Tulis NIP 18 digit di samping namanya.",
    ),
    "CODE_BECAME_DATE": Reason(
        "Kode ini diubah menjadi tanggal, atau angka ilmiah, oleh aplikasi lembar kerja; kode semula tidak dapat diketahui lagi.",
        "A spreadsheet made this code a date, or a number in powers of ten; what it was cannot be told any more.",
        "Format kolom sebagai Teks, lalu ketik ulang kodenya.",
    ),
    "NIP_LENGTH": Reason("NIP harus 18 digit.", "A NIP has 18 digits.", "Pakai NIP 18 digit."),
    "NIP_BIRTH_DATE": Reason(
        "8 digit pertama NIP bukan tanggal lahir.", "The NIP's first 8 digits are no birth date.", "Periksa NIP."
    ),
    "NIP_SEX": Reason("Digit ke-15 NIP harus 1 atau 2.", "The NIP's digit 15 must be 1 or 2.", "Periksa NIP."),
    "NIP_APPOINTMENT": Reason(
        "Digit ke-9 sampai 14 NIP bukan bulan pengangkatan PNS maupun kode PPPK.",
        "The NIP's digits 9–14 are neither a month of appointment nor a PPPK code.",
        "Periksa NIP.",
    ),
    # files
    "FILE_EMPTY": Reason("Berkas kosong.", "The file is empty.", "Kirim ulang berkas yang berisi data."),
    "FILE_TRUNCATED": Reason(
        "Berkas terpotong: baris terakhir tidak lengkap.",
        "The file is cut: its last row is incomplete.",
        "Kirim ulang.",
    ),
    "FILE_QUOTES": Reason(
        "Sebuah tanda kutip dibuka dan tidak pernah ditutup.",
        "A quote is opened and never closed.",
        "Tutup atau hapus tanda kutip itu.",
    ),
    "FILE_CELLS": Reason(
        "Sebagian baris memiliki sel sebanyak judul kolom, sebagian tidak, sehingga letak sel tidak pasti.",
        "Some rows have as many cells as the header and some have not, so nobody can say which cells they are.",
        "Samakan jumlah sel setiap baris dengan judul kolom; tulis juga sel kosong.",
    ),
    "FILE_ZERO_BYTE": Reason(
        "Teks memuat byte nol, yang bukan huruf apa pun: berkas rusak saat disimpan atau disalin.",
        "The text holds a zero byte, which is no character: the file was damaged when it was saved or copied.",
        "Buka berkas, hapus karakter itu, lalu simpan ulang sebagai CSV UTF-8.",
    ),
    "FILE_NO_FILE": Reason(
        "Bukan berkas biasa, melainkan pipa, soket, atau perangkat.",
        "No file, but a pipe, a socket or a device.",
        "Salin berkasnya sendiri.",
    ),
    "FILE_NO_ACCESS": Reason(
        "Berkas atau folder tidak boleh dibaca oleh sistem; dicoba lagi pada proses berikutnya.",
        "The system may not read the file or folder; it is tried again in the next run.",
        "Beri hak baca kepada pengguna yang menjalankan sistem.",
    ),
    "PROGRAM_FAULT": Reason(
        "Program gagal membaca berkas ini; berkas ditahan dan dicoba lagi pada proses berikutnya.",
        "The program failed at this file; it is held and tried again in the next run.",
        "Sampaikan letak kesalahan kepada pengelola program; berkas tidak perlu dikirim ulang.",
    ),
    "FILE_KIND": Reason(
        "Isi berkas tidak sesuai dengan akhiran namanya.",
        "The content does not fit the file's ending.",
        "Simpan ulang sebagai CSV, XLSX, atau Parquet.",
    ),
    "FILE_ENDING": Reason(
        "Jenis berkas dengan akhiran nama ini tidak dibaca.",
        "Files with this ending are not read.",
        "Simpan sebagai .xlsx atau CSV.",
    ),
    "FILE_UNREADABLE": Reason(
        "Berkas tidak dapat dibaca.", "The file cannot be read.", "Simpan ulang lalu kirim lagi."
    ),
    "FILE_ENCODING": Reason(
        "Pengodean teks tidak dapat dipastikan atau bercampur.",
        "The text is in no encoding that can be told, or in two at once.",
        "Simpan sebagai CSV UTF-8.",
    ),
    "FILE_MACRO": Reason(
        "Buku kerja .xlsx ini berisi makro, padahal hanya .xlsm yang boleh.",
        "The workbook is called .xlsx and carries macros.",
        "Simpan sebagai .xlsx tanpa makro, atau sebagai .xlsm.",
    ),
    "FILE_PASSWORD": Reason(
        "Berkas dikunci dengan kata sandi.",
        "The file is locked by a password.",
        "Hapus kata sandi lalu simpan ulang.",
    ),
    "FILE_HOSTILE": Reason(
        "Isi buku kerja atau arsip tidak wajar dan tidak dibuka.",
        "The workbook or archive holds what no usual program writes; it is not opened.",
        "Buat berkas baru dan salin nilainya saja.",
    ),
    "FILE_CHANGING": Reason(
        "Berkas masih disalin; dibaca pada proses berikutnya.",
        "The file is still being copied; it is left for the next run.",
        "Tunggu sampai penyalinan selesai.",
    ),
    "FILE_FACTS": Reason(
        "Keterangan di atas tabel kurang.",
        "A line that must stand above the table is missing.",
        "Tulis baris itu di atas tabel. Kode kelas seperti TS-2026-01-001 boleh juga berdiri pada judul, nama lembar, atau nama berkas.",
    ),
    "FILE_TWICE": Reason(
        "Dua baris di atas tabel menyebut hal yang sama dengan isi yang berbeda; yang mana berlaku tidak dapat dipastikan.",
        "Two lines above the table say different things of the same; which of them holds cannot be told.",
        "Sisakan satu baris itu; beri yang lain nama sendiri, misalnya 'NIP Penilai : ...' di samping 'NIP : ...'.",
    ),
    "HELD": Reason(
        "Terlalu banyak baris ditolak, sehingga seluruh berkas ditahan.",
        "So many rows were refused that the whole file is held.",
        "Perbaiki berkas lalu kirim ulang.",
    ),
    "FILE_TOO_LARGE": Reason(
        "Isi berkas melebihi batas ukuran.",
        "The file's content exceeds the size limit.",
        "Kirim sebagai CSV, atau bagi menjadi beberapa berkas.",
    ),
    "FILE_CODES": Reason(
        "Daftar ini memuat nama, tetapi tidak kodenya, padahal daftar lain menunjuk kepadanya dengan kode.",
        "The list has names and no codes, by which other lists point to what stands on it.",
        "Tambahkan kolom kodenya (misalnya Kode narasumber NS-001, Kode program MD-01, Kode kelas TS-2026-01-001), lalu pakai kode yang sama pada jadwal, daftar hadir, dan evaluasi.",
    ),
    "FILE_COLUMNS": Reason(
        "Judul kolom tidak dikenali.",
        "The columns are not those of this source nor of a known layout.",
        "Pakai templat, atau minta profil untuk tata letak ini.",
    ),
    "FILE_UNITS": Reason(
        "Di atas, di dalam, atau di bawah tabel tertulis bahwa jumlah uang bukan rupiah penuh.",
        "A line above the table, within it or below it says that its amounts are in thousands or millions of rupiah.",
        "Tulis rupiah penuh, dan hapus keterangan satuan itu.",
    ),
    "FILE_LEGEND": Reason(
        "Keterangan pada daftar memberi sebuah huruf arti yang lain.",
        "The list says that one of its letters means something else than is read from it.",
        "Tulis H, I, S, A, DL, atau C pada sel-selnya, dan hapus keterangan itu.",
    ),
    "FILE_ELEMENTS": Reason(
        "Keterangan di bawah tabel memberi kode unsur (U1 sampai U9) arti yang lain.",
        "A line below the table says that the code of an element (U1 to U9) means something else than is read from it.",
        "Tulis arti kode itu di atas tabel, misalnya 'U8 : Sarana dan Prasarana'.",
    ),
    "FILE_HIDDEN": Reason(
        "Daftarnya berada di lembar yang tersembunyi.",
        "The list stands on a sheet that is hidden.",
        "Tampilkan lembar itu (Unhide), atau hapus bila tidak berlaku, lalu kirim ulang.",
    ),
    "FILE_TURNED": Reason(
        "Menurut keterangan pada berkas, nilai terkecil ialah yang terbaik.",
        "The file says that its lowest grade is the best.",
        "Balik nilainya, sehingga nilai terbesar yang terbaik, dan perbaiki keterangan itu.",
    ),
    "FILE_SCALE": Reason(
        "Jawaban, atau skala yang tertulis pada berkas, tidak sesuai dengan skala yang dinyatakan oleh foldernya.",
        "Answers are above the scale that the folder declares, or the file says another one.",
        "Letakkan berkas di folder skala formulirnya, misalnya google_form_5; survei kepuasan masyarakat memakai skala 1-4.",
    ),
    "FILE_TESTS": Reason(
        "Pre-test dan post-test sebuah kelas memakai skala yang berbeda.",
        "The tests before and after a class are on different scales.",
        "Tulis kedua tes dalam skala yang sama (80 di samping 85, bukan 8), atau kirim tiap tes tersendiri dengan Nilai Maksimum-nya.",
    ),
    "FILE_CUMULATIVE": Reason(
        "Kemajuan fisik turun dari bulan ke bulan, dan judul kolomnya tidak menyebut kumulatif.",
        "Progress falls from one month to the next, under a heading that does not say that it is cumulative.",
        "Tulis kemajuan kumulatif sampai bulan itu di bawah judul Target Fisik Kumulatif (%) atau Realisasi Fisik Kumulatif (%).",
    ),
    "FILE_AWAY": Reason(
        "Judulnya menyebut yang tidak hadir, padahal semua orang pada daftar terbaca hadir.",
        "The list is titled for those who were away, and everybody on it is read as present.",
        "Tulis A, I, S, DL, atau C pada sel-selnya, atau kirim daftar hadir seluruh peserta.",
    ),
    "FILE_COLOURS": Reason(
        "Keterangan pada daftar menyebut bahwa warna sel berarti tidak hadir, padahal warna tidak dibaca dan sel-selnya kosong.",
        "The list says that the colour of a cell means that somebody was away; colours are not read, and its cells are empty.",
        "Tulis A, I, S, DL, atau C pada sel-sel yang berwarna, dan hapus keterangan warna itu.",
    ),
    "FILE_OTHERS": Reason(
        "Judul, lembar, atau sebuah baris menyebut narasumber, moderator, atau panitia, padahal daftar ini dibaca sebagai daftar peserta.",
        "A title, a sheet or a line names narasumber, moderators or the committee, and the list is read as one of participants.",
        "Kirim pesertanya saja: hapus bagian narasumber dan panitia, atau pindahkan ke lembar bernama Panitia.",
    ),
    "FILE_WAITING": Reason(
        "Judulnya menyebut cadangan, daftar tunggu, atau yang tidak terpilih, padahal semua orang pada daftar terbaca sebagai peserta.",
        "The list is titled for those who were not let in, and everybody on it is read as a participant.",
        "Tulis daftar tunggu atau tidak terpilih pada kolom Status; bila mereka peserta, hapus keterangan itu dari judul, nama lembar, atau nama berkas.",
    ),
    "FILE_WEIGHTS": Reason(
        "Judul kolom tes menyebut persentase bobot, sehingga tidak jelas apakah nilainya sudah dikalikan dengan bobot itu.",
        "The heading of a test says its weight, and nothing says whether its scores are multiplied by that.",
        "Tulis nilai tes apa adanya di bawah judul Pre Test dan Post Test, tanpa persentase.",
    ),
    "FILE_PHASES": Reason(
        "Pengamatan sebelum dan sesudah pelatihan berdampingan dalam satu tabel, tanpa hari pengamatan masing-masing.",
        "What was observed before and after the class stands side by side, and nothing says the day of each.",
        "Kirim tiap fase sebagai tabel tersendiri dengan 'Fase : Sebelum' (atau Sesudah) dan 'Tanggal Pengamatan : ...' di atasnya; atau, dengan kolom Aspek, Pengamat, Sebelum, dan Sesudah, tulis di atas tabel 'Tanggal Pengamatan Sebelum : ...' dan 'Tanggal Pengamatan Sesudah : ...'.",
    ),
    "FILE_SESSIONS": Reason(
        "Sesi atau tanggal sebuah kolom kehadiran tidak dapat dipastikan.",
        "A column of presences does not say which session, or which day, it is about.",
        "Tulis 'Sesi 5', 'Hari 5', atau '12 Januari 2026' pada judul kolom, atau 'Hari/Tanggal : 12 Januari 2026' di atas tabel.",
    ),
    "FILE_BETWEEN": Reason(
        "Sebuah baris di tengah tabel menyebut hal lain daripada keterangan di atas tabel itu.",
        "A line among the rows says something else than what stands above the table.",
        "Ulangi judul kolom di bawah baris itu, atau beri tabelnya kolom untuk hal itu (misalnya Unit Kerja).",
    ),
    "FILE_LAYOUTS": Reason(
        "Tabel-tabel dalam berkas ini memiliki tata letak yang berbeda.",
        "A table of the file is laid out otherwise than its first one.",
        "Kirim tabel yang disebut sebagai berkas tersendiri, atau samakan judul kolomnya dengan tabel pertama.",
    ),
    "FILE_SEVERAL": Reason(
        "Berkas cocok dengan beberapa profil.",
        "The file fits several profiles.",
        "Letakkan di folder profil yang benar: landing/<profil>/<TTTT-BB>/.",
    ),
    "PROFILE_BROKEN": Reason(
        "Profil tata letak untuk berkas ini bermasalah; berkas menunggu sampai profil diperbaiki.",
        "The profile that reads this file is broken; the file waits until it is mended.",
        "Perbaiki profil (`diklat profile check`); berkas tidak perlu dikirim ulang.",
    ),
    "PROFILE_FAILED": Reason(
        "Rumus pada profil tata letak tidak dapat dihitung untuk isi baris atau berkas ini.",
        "An expression of the profile cannot be worked out for what the row, or the file, holds.",
        "Periksa isi kolom yang dipakai rumus itu, atau perbaiki profil (misalnya TRY_CAST).",
    ),
    "FILE_NAME": Reason(
        "Nama berkas atau foldernya memuat huruf yang tidak dapat dibaca.",
        "The name of the file, or of its folder, holds letters that cannot be read.",
        "Ganti namanya dengan huruf dan angka biasa, lalu kirim lagi.",
    ),
    "FILE_NAME_LENGTH": Reason(
        "Nama berkasnya terlalu panjang.",
        "The name of the file is too long.",
        "Beri nama yang lebih pendek, lalu kirim lagi.",
    ),
    "FILE_LINK": Reason("Tautan tidak dibaca.", "A link is not followed.", "Salin berkasnya sendiri."),
    "FOLDER_UNKNOWN": Reason(
        "Nama folder bukan sumber atau profil.", "The folder is neither a source nor a profile.", "Pindahkan berkas."
    ),
    "FOLDER_MONTH": Reason(
        "Folder bulan harus TTTT-BB, tidak sebelum bulan pertama dan tidak setelah bulan berjalan.",
        "The month's folder must be YYYY-MM, within the calendar of the warehouse.",
        "Pindahkan berkas ke folder bulan yang benar.",
    ),
}


class FileRefused(Exception):
    """A whole file is refused. Carries the reason's code and what was seen."""

    def __init__(self, code: str, seen: str = "") -> None:
        self.code, self.seen = code, seen
        super().__init__(f"{REASONS[code].english} {seen}".strip())
