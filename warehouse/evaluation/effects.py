"""What may be said of a difference in performance, and of forms of delivery: one verdict and its words, for every reader.

The marts hold code and numbers and the sentence in Bahasa Indonesia; other languages make theirs of the same code.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from warehouse.words.language import Sentence

SIZE = "{effect} (selang kepercayaan 95 % {low} s.d. {high})"
VERDICTS: Mapping[str, str] = {
    "no_ratings": "Tidak dapat disimpulkan: belum ada penilaian kinerja sebelum dan sesudah kelas bagi peserta",
    "no_colleagues": "Tidak dapat disimpulkan: tidak ada rekan pembanding di unit dan kelompok jabatan yang sama",
    "not_separable": "Tidak dapat disimpulkan: {n_cotrained} dari {n_paired} peserta juga mengikuti program lain di antara dua penilaian; "
    "pengaruhnya tidak dapat dipisahkan",
    "few_trained": "Tidak dapat disimpulkan: hanya {n_trained} peserta terukur, kurang dari {least_trained}",
    "few_units": "Tidak dapat disimpulkan: hanya {n_units} unit kerja, kurang dari {least_units}",
    "trend_unknown": "Tidak dapat disimpulkan: peserta ditunjuk, dan tren kinerja mereka sebelum pelatihan tidak diketahui",
    "hidden": "Tidak ditampilkan: kurang dari {least_shown} rekan pembanding",
    "risen": f"Kinerja peserta meningkat karena pelatihan: {SIZE}",
    "fallen": f"Kinerja peserta menurun karena pelatihan: {SIZE}",
    "not_proven": f"Pengaruh pelatihan pada kinerja belum terbukti: {SIZE}",
    "change": "Perubahan {effect} ({low} s.d. {high}), bukan bukti pengaruh: peserta {how} dan kondisi awal "
    "{balance} (selisih baku {smd})",
}
"""Code → sentence about a row of `marts.performance_effect`."""
HOW = {
    "nominated": "tidak diacak (ditunjuk)",
    "self_selected": "tidak diacak (mendaftar sendiri)",
    "randomised": "diacak",
}
"""Design → how participants came."""
BALANCE = {
    "change": "seimbang",
    "change_unbalanced": "tidak seimbang",
    "change_trend": "seimbang, dan kinerja mereka sudah berubah berbeda sebelum pelatihan",
    "change_unbalanced_trend": "tidak seimbang, dan kinerja mereka sudah berubah berbeda sebelum pelatihan",
}
"""Code of a change → how alike the groups were before."""
COMPARISONS = {
    "not_comparable": "Tidak dapat dibandingkan: tidak cukup program yang diberikan dalam bentuk ini dan bentuk lain.",
    "higher": "Lebih tinggi daripada bentuk lain pada program yang sama.",
    "lower": "Lebih rendah daripada bentuk lain pada program yang sama.",
    "no_difference": "Tidak ada perbedaan yang terbukti dengan bentuk lain pada program yang sama.",
}
"""Code → sentence about a row of `marts.method_outcome`."""


EFFECTS = ("risen", "fallen", "not_proven")
"""Codes of comparisons that are fair enough for the word effect."""
ALPHA = 0.05
"""Error of the tests that decide where there are too few units to cluster by."""


def claim(code: str) -> str:
    """`effect` or `change`, by the `verdict_code`."""
    return "effect" if code in EFFECTS else "change"


def grade(code: str) -> str:
    """The grade of evidence of a `verdict_code`. Didukung: a fair comparison that shows something; perubahan: no fair one."""
    if code in ("risen", "fallen"):
        return "didukung"
    return "perubahan" if code in BALANCE else "tidak_dapat_disimpulkan"


def verdict_code(row: Mapping[str, Any], limits: Mapping[str, float]) -> str:
    """What may be said of a difference-in-differences; `row` has the columns of the mart before anything is left out, and
    its design. Unknown passes no gate, but the trend of people who were drawn by lot."""
    if row["n_trained_paired"] == 0:
        return "no_ratings"
    if row["effect"] != row["effect"]:
        return "no_colleagues"
    if row["n_trained"] < limits["effect_minimum_trained"]:
        return (
            "not_separable"
            if row["n_trained"] + row["n_cotrained"] >= limits["effect_minimum_trained"]
            else "few_trained"
        )
    if row["n_smallest"] < limits["minimum_cell_size"]:
        return "hidden"
    alike = abs(row["baseline_smd"]) < limits["effect_baseline_smd"]
    on_the_way = row["pretrend_p_value"] < limits["effect_pretrend_p"]
    if row["design"] not in ("randomised", "nominated") or not alike or on_the_way:
        return f"change{'' if alike else '_unbalanced'}{'_trend' if on_the_way else ''}"
    if row["design"] == "nominated":
        if row["n_units"] < limits["effect_minimum_units"]:
            return "few_units"
        if row["pretrend_p_value"] != row["pretrend_p_value"]:
            return "trend_unknown"
    p_few = row["p_permutation"] if row["design"] == "randomised" else row["p_wild"]
    if row["n_units"] < limits["effect_minimum_clusters"] and not p_few <= ALPHA:
        return "not_proven"
    return "risen" if row["ci_low"] > 0 else "fallen" if row["ci_high"] < 0 else "not_proven"


def verdict(row: Mapping[str, Any], limits: Mapping[str, float]) -> Sentence:
    """The sentence of a row by its `verdict_code` and numbers."""
    code = row["verdict_code"]
    values: dict[str, tuple[Any, str]] = {
        "n_trained": (row["n_trained"], "whole"),
        "n_cotrained": (row["n_cotrained"], "whole"),
        "n_paired": (row["n_trained_paired"], "whole"),
        "n_units": (row["n_units"], "whole"),
        "least_units": (limits["effect_minimum_units"], "whole"),
        "least_trained": (limits["effect_minimum_trained"], "whole"),
        "least_shown": (limits["minimum_cell_size"], "whole"),
        "how": (HOW.get(row["design"], "datang dengan cara yang tidak diketahui"), "text"),
        "balance": (BALANCE.get(code, ""), "text"),
    }
    numbers = {"effect": "effect", "low": "ci_low", "high": "ci_high", "smd": "baseline_smd"}
    phrase = VERDICTS["change" if code in BALANCE else code]
    used = {name: (row[column], "fine") for name, column in numbers.items() if f"{{{name}}}" in phrase}
    return Sentence(code, phrase, values | used)


def comparison(effect: float, low: float, high: float) -> Sentence:
    """The sentence of a difference between forms of delivery and its interval."""
    if effect != effect or low != low:
        code = "not_comparable"
    elif low > 0 or high < 0:
        code = "higher" if effect > 0 else "lower"
    else:
        code = "no_difference"
    return Sentence(code, COMPARISONS[code])
