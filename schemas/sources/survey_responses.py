"""survey_responses: what participants answered."""

import polars as pl

from schemas.contract import Rule, column, source

CONTRACT = source(
    "survey_responses",
    description="Answers of participants, one row per question. The respondent's code can never be joined to a person.",
    grain="response × aspect × item × narasumber judged",
    key=("response_id", "aspect", "item_code", "instructor_id"),
    latest="submitted_at",
    columns=(
        column(
            "response_id",
            type="text",
            privacy="respondent",
            description="One filled-in form: a pseudonym in the surveys' own key space.",
            label="Kode respons",
            aliases=("Kode responden", "ID respons", "ID responden", "Kode respon", "ID respon"),
        ),
        column("class_id", references="classes"),
        column(
            "submitted_at",
            type="timestamp",
            nullable=True,
            is_past=True,
            description="When the form was sent.",
            label="Waktu kirim",
            aliases=("Waktu pengisian", "Tanggal pengisian", "Cap waktu", "Stempel waktu", "Timestamp"),
            vague=("Tanggal", "Waktu"),
        ),
        column("aspect"),
        column("item_code"),
        column("score", nullable=True, is_subject=True),
        column("scale_min"),
        column("scale_max"),
        column("instructor_id", references="instructors", nullable=True),
        column(
            "comment",
            type="text",
            nullable=True,
            privacy="free_text",
            description="Free comment.",
            label="Komentar",
            vague=("Saran", "Saran dan masukan", "Kritik dan saran", "Saran/Komentar", "Komentar/Saran"),
        ),
    ),
    rules=(
        Rule("SCALE_EMPTY", "scale_max", lambda: pl.col("scale_max") > pl.col("scale_min")),
        Rule("OFF_SCALE", "score", lambda: pl.col("score").is_between(pl.col("scale_min"), pl.col("scale_max"))),
    ),
)
