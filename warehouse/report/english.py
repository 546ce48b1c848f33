"""In English what the warehouse says in Bahasa Indonesia: actions, reasons and verdicts."""

from __future__ import annotations

from warehouse.report.figures import Row, known
from warehouse.report.words import ENGLISH as W
from warehouse.report.words import WORDS

SENTENCES = {
    "Kumpulkan lebih banyak jawaban; belum dapat dinilai.": "Collect more answers; it cannot be judged yet.",
    "Disukai, tetapi hasil belajar rendah: tinjau tujuan dan cara mengajar.": "Liked, but little is learnt: look at aims and teaching.",
    "Pertahankan.": "Keep.",
    "Kurang disukai, tetapi hasil belajar tinggi: tinjau penyebabnya sebelum merevisi kurikulum.": "Disliked, but much is learnt: find out why before the curriculum is revised.",
    "Perbaiki narasumber, bukan kurikulum: ketidakpuasan hanya pada kelas narasumber ini.": "Mend the resource person, not the curriculum: only this person's classes are dissatisfied.",
    "Pilih narasumber yang lebih kompeten.": "Choose a more competent resource person.",
    "Bina dan amati narasumber pada angkatan berikutnya.": "Coach the resource person and watch the next batch.",
    "Revisi kurikulum dan materi.": "Revise curriculum and material.",
    "Tinjau kurikulum dan materi pada angkatan berikutnya.": "Look at curriculum and material in the next batch.",
    "Ubah metode pembelajaran.": "Change the method of teaching.",
    "Tinjau metode pembelajaran pada angkatan berikutnya.": "Look at the method of teaching in the next batch.",
    "Perbaiki penyelenggaraan dan sarana.": "Mend organisation and facilities.",
    "Tinjau penyelenggaraan dan sarana.": "Look at organisation and facilities.",
    "Selidiki penyebabnya: kurikulum dan narasumber belum dapat dibedakan.": "Investigate: curriculum and resource person cannot be told apart yet.",
    "Tidak dapat dibandingkan: tidak cukup program yang diberikan dalam bentuk ini dan bentuk lain.": "Cannot be compared: too few programs were given in this form and in another.",
    "Lebih tinggi daripada bentuk lain pada program yang sama.": "Higher than other forms in the same programs.",
    "Lebih rendah daripada bentuk lain pada program yang sama.": "Lower than other forms in the same programs.",
    "Tidak ada perbedaan yang terbukti dengan bentuk lain pada program yang sama.": "No proven difference from other forms in the same programs.",
}
"""Sentences without numbers, as the models write them."""


def reason(flag: Row, tolerated: float) -> str:
    """The numbers behind a flag's state."""
    n, classes = W.plain(flag["n_respondents"], "whole"), W.plain(flag["n_classes"], "whole")
    if flag["state"] == "DATA_KURANG":
        if not known(flag, "n_dissatisfied"):
            return f"{n} respondents in {classes} classes, but each class is too small to be shown."
        asked = W.plain(flag["n_expected"], "whole") or "an unknown number"
        return f"Only {n} respondents of {asked} expected in {classes} classes; too few for a judgement."
    text = (
        f"{W.plain(flag['n_dissatisfied'], 'whole')} of {n} respondents ({W.plain(flag['dissatisfied_share'], 'share')}) "
        f"dissatisfied in {classes} classes, {W.plain(flag['n_classes_flagged'], 'whole')} of them at fault; lower Wilson "
        f"bound {W.plain(flag['wilson_low'], 'share')} against {W.plain(tolerated, 'share')} tolerated; "
        f"index {W.plain(flag['index_agency'], 'fine')}"
    )
    if flag["contradiction"]:
        text += f"; {WORDS['contradiction'][flag['contradiction']][1]} (Hedges g {W.plain(flag['hedges_g'], 'fine')})"
    return text + "."


def verdict(row: Row, minimum: float) -> str:
    """What may be said of a row of `marts.performance_effect`; `minimum` is the policy's effect_minimum_trained."""
    if not row["n_trained_paired"]:
        return "No conclusion: participants have no performance rating before and after the class yet."
    if row["is_suppressed"]:
        return "Not shown: too few people in one of the groups."
    if not known(row, "effect"):
        return "No conclusion: there is no comparable colleague in the same unit and position group."
    if row["n_trained"] < minimum:
        return f"No conclusion: only {W.plain(row['n_trained'], 'whole')} participants measured, fewer than {W.plain(minimum, 'whole')}."
    size = f"{W.plain(row['effect'], 'fine')} (95% confidence interval {W.plain(row['ci_low'], 'fine')} to {W.plain(row['ci_high'], 'fine')})"
    if row["claim"] == "effect":
        if known(row, "ci_low") and row["ci_low"] > 0:
            return f"Participants' performance rose because of the training: {size}."
        if known(row, "ci_high") and row["ci_high"] < 0:
            return f"Participants' performance fell because of the training: {size}."
        return f"An effect of the training on performance is not proven: {size}."
    how = WORDS["design"].get(row["design"], ("", "unknown"))[1]
    return (
        f"A change of {size}, no proof of an effect: participants were not drawn by lot ({how}); standardised difference "
        f"before {W.plain(row['baseline_smd'], 'fine')}."
    )
