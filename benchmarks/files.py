"""Reading what offices send: 300 small workbooks, one workbook of 100,000 rows, a CSV file of 1,000,000 rows.

`python -m benchmarks.files` prints rows per second and peak memory, of the run and of the child that opens workbooks;
each kind in a process of its own.
"""

from __future__ import annotations

import datetime as dt
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import openpyxl

from warehouse.delivery.landing import scan
from warehouse.delivery.workbooks import workbook
from warehouse.offices.returned import write_returns
from warehouse.staging.month import read_month
from warehouse.staging.recipe import Recipes
from warehouse.store import Store

MONTH, DAY = "2026-01", dt.date(2026, 1, 31)


def nip(number: int) -> str:
    """An invented NIP."""
    return f"19{70 + number % 30}{1 + number // 30 % 12:02}152010{1 + number // 360 % 12:02}{1 + number % 2}{1 + number // 4320 % 999:03}"


def write_sheets(folder: Path, sheets: int = 300) -> None:
    """Attendance sheets as they are printed: 30 participants, four sessions, one unreadable cell each."""
    for number in range(sheets):
        book = openpyxl.Workbook()
        sheet = book.active
        for row in (
            ["DAFTAR HADIR PESERTA"],
            [f"Kode Kelas : KLS-{number:03}"],
            [],
            ["No", "Nama", "NIP", "Unit Kerja", "Hari I", None, "Hari II", None],
            [None, None, None, None, "Pagi", "Siang", "Pagi", "Siang"],
            *([n + 1, f"Peserta {n}", nip(number * 30 + n), "BKPSDM", "H", "H", "I", "H"] for n in range(30)),
            ["JUMLAH", None, None, None, 30, 30, 0, 30],
            ["", "", "Mengetahui,"],
            ["", "", "NIP. 19700101 199503 1 001"],
        ):
            sheet.append(row)
        sheet["E10"] = "entah"
        book.save(folder / f"hadir {number:03}.xlsx")


def write_workbook(folder: Path) -> None:
    """One workbook of 100,000 rows."""
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("Data")
    sheet.append(["Kode kelas", "Sesi ke-", "NIP", "Status kehadiran"])
    for number in range(100_000):
        sheet.append([f"KLS-{number // 900}", 1 + number // 30 % 30, nip(number % 9_000), "Hadir"])
    book.save(folder / "besar.xlsx")


def write_csv(folder: Path) -> None:
    """A CSV file of 1,000,000 rows, one in a thousand unreadable."""
    with (folder / "besar.csv").open("w", encoding="utf-8") as handle:
        handle.write("Kode Kelas;Sesi ke-;NIP;Status kehadiran\n")
        for number in range(1_000_000):
            status = "Hadir" if number % 1_000 else "entah"
            handle.write(f"KLS-{number // 9_000};{1 + number // 20_000};{nip(number % 20_000)};{status}\n")


KINDS: dict[str, Callable[[Path], None]] = {
    "300 workbooks of 120 attendances": write_sheets,
    "1 workbook of 100,000 rows": write_workbook,
    "1 CSV file of 1,000,000 rows": write_csv,
}


def measure(home: Path) -> str:
    """Scan, read and write the returned workbooks; a line of the table."""
    store = Store(home)
    start = time.perf_counter()
    landing = scan(store, DAY)
    scanned = time.perf_counter() - start
    reports = read_month(store, Recipes(store, landing).of("attendance", MONTH))
    seconds = time.perf_counter() - start
    assert all(r.n_read == r.n_accepted + r.n_refused + r.n_duplicate for r in reports)
    n_read, n_refused = sum(r.n_read for r in reports), sum(r.n_refused for r in reports)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    write_returns(store)
    returned = time.perf_counter() - start - seconds
    workbook.close()
    child = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    return (
        f"{n_read:,} | {n_refused:,} | {scanned:.1f} | {seconds:.1f} | {n_read / seconds:,.0f} | {peak:,.0f} | "
        f"{child:,.0f} | {returned:.1f} |"
    )


def main() -> None:
    """Print the table."""
    if len(sys.argv) > 1:
        print(measure(Path(sys.argv[1])))
        return
    print(
        "| files | rows | refused | scan, s | scan and read, s | rows/s | peak, MB | child's peak, MB | returned, s |"
    )
    print("|---|---|---|---|---|---|---|---|---|")
    for name, write in KINDS.items():
        with tempfile.TemporaryDirectory() as folder:
            target = Path(folder) / "landing" / "attendance" / MONTH
            target.mkdir(parents=True)
            write(target)
            command = [sys.executable, "-m", "benchmarks.files", folder]
            print(f"| {name} | {subprocess.run(command, check=True, capture_output=True, text=True).stdout}", end="")


if __name__ == "__main__":
    main()
