"""What may be said of a difference in performance, and of forms of delivery: one verdict and its words, for every reader.

The marts hold code and numbers and the sentence in Bahasa Indonesia; other languages make theirs of the same code.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any

from warehouse.words.language import Sentence

SIZE = "{effect} (selang kepercayaan 95% {low} s.d. {high})"
VERDICTS: Mapping[str, str] = {
    "no_ratings": "Tidak dapat disimpulkan: belum ada penilaian kinerja sebelum dan sesudah kelas bagi peserta",
    "no_colleagues": "Tidak dapat disimpulkan: tidak ada rekan pembanding di unit dan kelompok jabatan yang sama",
    "not_separable": "Tidak dapat disimpulkan: {n_cotrained} dari {n_paired} peserta juga mengikuti program lain di antara dua penilaian; "
    "pengaruhnya tidak dapat dipisahkan",
    "few_trained": "Tidak dapat disimpulkan: hanya {n_trained} peserta terukur, kurang dari {least_trained}",
    "few_units": "Tidak dapat disimpulkan: hanya {n_units} unit kerja, kurang dari {least_units}",
    "trend_unknown": "Tidak dapat disimpulkan: peserta {how}, dan tren kinerja mereka sebelum pelatihan tidak diketahui",
    "attrition": "Tidak dapat disimpulkan: {attrition} dari {n_drawn} orang yang diundi tidak terukur, dengan selisih {difference} antara yang "
    "terpilih dan yang tidak; melampaui batas What Works Clearinghouse",
    "drift": "Tidak dapat disimpulkan: {effect} (selang kepercayaan 95% {low} s.d. {high}), tetapi tren {breakdown} kali "
    "sebesar sebelum pelatihan sudah dapat menjelaskannya",
    "unseen": "Tidak dapat disimpulkan: {effect} (selang kepercayaan 95% {low} s.d. {high}), tetapi peserta ditunjuk, dan hal lain yang mulai "
    "bersamaan dengan kelas (promosi, penilai yang lebih murah hati) sebesar {unseen} sudah dapat menjelaskannya",
    "hidden": "Tidak ditampilkan: kurang dari {least_shown} rekan pembanding",
    "proven_risen": f"Terbukti: kinerja meningkat karena pelatihan: {SIZE}. Dipilih dengan undian; yang terpilih dihitung walau tidak hadir",
    "proven_fallen": f"Terbukti: kinerja menurun karena pelatihan: {SIZE}. Dipilih dengan undian; yang terpilih dihitung walau tidak hadir",
    "risen": f"Kinerja peserta meningkat karena pelatihan: {SIZE}",
    "fallen": f"Kinerja peserta menurun karena pelatihan: {SIZE}",
    "no_effect": f"Tidak ada pengaruh yang berarti pada kinerja: {SIZE}, seluruhnya lebih kecil dari {{smallest}}",
    "not_proven": f"Pengaruh pelatihan pada kinerja belum terbukti: {SIZE}",
    "of_many": f"Pengaruh pelatihan pada kinerja belum terbukti: {SIZE}. Selang itu tentang satu program saja; untuk semua program yang diuji "
    "sekaligus nilai p terkoreksi {p}, terlalu besar",
    "change": "Perubahan {effect} ({low} s.d. {high}), bukan bukti pengaruh: peserta {how} dan kondisi awal "
    "{balance} (selisih baku {smd})",
}
"""Code → sentence about a row of `marts.performance_effect`."""
HOW = {
    "nominated": "tidak diacak (ditunjuk)",
    "self_selected": "tidak diacak (mendaftar sendiri)",
    "randomised": "diundi tanpa catatan siapa yang tidak terpilih",
    "lottery": "diundi",
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
ASSOCIATIONS = {
    "service_risen": "Naik lebih besar daripada layanan kantor tanpa kelas sendiri. Bukan bukti pengaruh: kantor tidak diundi.",
    "service_fallen": "Turun dibandingkan layanan kantor tanpa kelas sendiri. Bukan bukti pengaruh: kantor tidak diundi.",
    "service_alike": "Tidak terbukti berubah lain daripada layanan kantor tanpa kelas sendiri.",
    "service_early": "Belum dapat dinilai: belum ada periode sebelum atau sesudah kelas.",
    "service_few": "Belum dapat dinilai: layanan pembanding terlalu sedikit.",
    "service_without": "Pembanding: kantor belum punya kelas sendiri.",
    "project_risen": "Proyek mengejar ketertinggalan sesudah manajernya dilatih, dibandingkan proyek lain pada tahap yang sama. "
    "Bukan bukti pengaruh: proyek tidak diundi.",
    "project_fallen": "Proyek makin tertinggal sesudah manajernya dilatih, dibandingkan proyek lain pada tahap yang sama. "
    "Bukan bukti pengaruh: proyek tidak diundi.",
    "project_alike": "Tidak terbukti berubah lain daripada proyek lain pada tahap yang sama.",
    "project_few": "Belum dapat dinilai: proyek atau pembandingnya terlalu sedikit.",
}
"""Code → sentence about a row of `marts.service_satisfaction_by_start` and `marts.project_deviation_change`: what moved where people were
trained beyond what moved elsewhere."""


EFFECTS = ("proven_risen", "proven_fallen", "risen", "fallen", "no_effect", "not_proven", "of_many", "drift", "unseen")
"""Codes of comparisons that are fair enough for the word effect."""
ALPHA = 0.05
"""Error of the tests that decide of a lot, and where there are too few units to cluster by."""
OPTIMISTIC = (
    10.0, 10.1, 10.2, 10.3, 10.4, 10.5, 10.7, 10.8, 10.9, 10.9, 10.9, 10.9, 10.9, 10.8, 10.8, 10.7, 10.6, 10.5, 10.3, 10.2, 10.0, 9.9,
    9.7, 9.5, 9.4, 9.2, 9.0, 8.8, 8.6, 8.4, 8.2, 8.0, 7.8, 7.6, 7.4, 7.2, 7.0, 6.7, 6.5, 6.3, 6.0, 5.8, 5.6, 5.3, 5.1, 4.9, 4.6, 4.4,
    4.2, 3.9, 3.7, 3.5, 3.2, 3.0, 2.8, 2.6, 2.3, 2.1, 1.9, 1.6, 1.4, 1.1, 0.9, 0.7, 0.5, 0.3,
)  # fmt: skip
"""Highest difference in attrition, in points, by the attrition of all in whole percent: the optimistic boundary of the What Works
Clearinghouse (Standards 4.1 and Handbook 5.0). Optimistic, since who has no rating mostly left for reasons that are not the training's."""


PROVEN = ("terbukti", "didukung")
"""Grades that show an effect."""


def claim(code: str) -> str:
    """`effect` or `change`, by the `verdict_code`."""
    return "effect" if code in EFFECTS else "change"


def grade(code: str) -> str:
    """The grade of evidence of a `verdict_code`. Terbukti: a lottery that shows something; didukung: another fair comparison that does; tanpa_pengaruh: one that shows there is
    nothing that matters;
    perubahan: no fair one."""
    if code in ("proven_risen", "proven_fallen"):
        return "terbukti"
    if code in ("risen", "fallen"):
        return "didukung"
    if code == "no_effect":
        return "tanpa_pengaruh"
    return "perubahan" if code in BALANCE else "tidak_dapat_disimpulkan"


def unfair(row: Mapping[str, Any], limits: Mapping[str, float]) -> str | None:
    """Why a comparison allows no word of an effect, whatever it shows: the code; None of a fair one. `row` has the columns of the
    mart before anything is left out. Unknown passes no gate; people who were drawn by lot are as nominated ones unless the losers are
    on record."""
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
    if row["design"] == "lottery":
        if not is_low_attrition(row["attrition"], row["attrition_difference"]):
            return "attrition"
        return None if alike else "change_unbalanced"
    on_the_way = row["pretrend_p_value"] < limits["effect_pretrend_p"]
    if row["design"] not in ("randomised", "nominated") or not alike or on_the_way:
        return f"change{'' if alike else '_unbalanced'}{'_trend' if on_the_way else ''}"
    if row["n_units"] < limits["effect_minimum_units"]:
        return "few_units"
    return "trend_unknown" if row["pretrend_p_value"] != row["pretrend_p_value"] else None


def chance(row: Mapping[str, Any], limits: Mapping[str, float]) -> float:
    """The p-value that decides a fair comparison: of the lot, of the units where there are few, else of the estimate."""
    if row["design"] == "lottery":
        return float(max(row["p_permutation"], row["p_value"]))
    few = row["n_units"] < limits["effect_minimum_clusters"]
    return float(max(row["p_wild"], row["p_value"]) if few else row["p_value"])


def verdict_code(row: Mapping[str, Any], limits: Mapping[str, float]) -> str:
    """What may be said of a difference-in-differences; `row` as for `unfair`, with `p_adjusted` of a fair comparison."""
    if code := unfair(row, limits):
        return code
    if not row["p_adjusted"] <= ALPHA:
        if _is_nothing(row, limits):
            return "no_effect"
        # An interval without zero in it, next to "not proven", would be read as a mistake.
        return "of_many" if row["ci_low"] > 0 or row["ci_high"] < 0 else "not_proven"
    direction = "risen" if row["effect"] > 0 else "fallen"
    if row["design"] == "lottery":
        return f"proven_{direction}"
    if row["breakdown"] < limits["effect_breakdown"]:
        return "drift"
    surely = row["ci_low"] if direction == "risen" else -row["ci_high"]
    return direction if surely > row["unseen"] else "unseen"


def _is_nothing(row: Mapping[str, Any], limits: Mapping[str, float]) -> bool:
    """Whether the whole interval is smaller than what matters (equivalence: Schuirmann 1987, here with 95%). An interval of few units
    is not held to know that."""
    knows = row["design"] == "lottery" or row["n_units"] >= limits["effect_minimum_clusters"]
    return bool(knows and -row["smallest"] < row["ci_low"] and row["ci_high"] < row["smallest"])


def is_low_attrition(overall: float, difference: float) -> bool:
    """Whether so few of the drawn people are not measured, and so nearly as many on both sides, that the lot still holds."""
    percent = round(100 * overall) if overall == overall else len(OPTIMISTIC)
    return percent < len(OPTIMISTIC) and bool(round(100 * abs(difference), 1) <= OPTIMISTIC[percent])


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
    numbers = {
        "effect": "effect",
        "low": "ci_low",
        "high": "ci_high",
        "smd": "baseline_smd",
        "breakdown": "breakdown",
        "smallest": "smallest",
        "unseen": "unseen",
        "p": "p_adjusted",
    }
    phrase = VERDICTS["change" if code in BALANCE else code]
    shares = {"attrition": "attrition", "difference": "attrition_difference"}
    used = {name: (row[column], "fine") for name, column in numbers.items() if f"{{{name}}}" in phrase}
    used |= {name: (_of_known(abs, row[column]), "share") for name, column in shares.items() if f"{{{name}}}" in phrase}
    if "{n_drawn}" in phrase:
        drawn = _of_known(operator.add, row["n_drawn_in"], row["n_drawn_out"])
        used["n_drawn"] = (row.get("n_drawn", drawn), "whole")  # the report's carries a name
    return Sentence(code, phrase, values | used)


def _of_known(what: Callable[..., Any], *numbers: Any) -> Any:
    """What is computed of numbers; what stands in the place of one that is left out stays."""
    hidden = [number for number in numbers if not isinstance(number, int | float)]
    return hidden[0] if hidden else what(*numbers)


def comparison(effect: float, low: float, high: float) -> Sentence:
    """The sentence of a difference between forms of delivery and its interval."""
    if effect != effect or low != low:
        code = "not_comparable"
    elif low > 0 or high < 0:
        code = "higher" if effect > 0 else "lower"
    else:
        code = "no_difference"
    return Sentence(code, COMPARISONS[code])


def association(about: str, low: float, high: float, *, unknown: str = "few") -> Sentence:
    """The sentence of a change beyond that of others (`about`: service or project) with its interval; `unknown` says why there is none."""
    unclear = low != low or high != high
    kind = unknown if unclear else "risen" if low > 0 else "fallen" if high < 0 else "alike"
    return Sentence(f"{about}_{kind}", ASSOCIATIONS[f"{about}_{kind}"])
