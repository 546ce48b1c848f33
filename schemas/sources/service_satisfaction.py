"""service_satisfaction: the public's answers on the nine elements (SKM)."""

import polars as pl

from schemas.contract import Rule, column, source

CONTRACT = source(
    "service_satisfaction",
    description="Answers of the public on the nine elements of PermenPANRB 14/2017, scored 1 to 4.",
    grain="unit × service × period × respondent × element",
    key=("unit_code", "service", "period_start", "period_end", "respondent_id", "element"),
    columns=(
        column("unit_code", references="units"),
        column("service"),
        column("period_start"),
        column("period_end"),
        column(
            "respondent_id",
            type="text",
            privacy="respondent",
            description="One questionnaire: a pseudonym in the surveys' own key space.",
            label="Kode responden",
        ),
        column("element"),
        column("score", nullable=True, is_subject=True, minimum=1, maximum=4),
        column(
            "n_answers",
            nullable=True,
            minimum=1,
            description="Questionnaires that the row stands for: empty (one) for a respondent, more for a recap's mean.",
        ),
        column(
            "n_users",
            type="integer",
            nullable=True,
            minimum=1,
            unit="people",
            description="People who used the service in the period: the population that the sample is of. Empty where it is not known.",
            label="Jumlah penerima layanan",
        ),
    ),
    rules=(Rule("END_BEFORE_START", "period_end", lambda: pl.col("period_end") >= pl.col("period_start")),),
)
