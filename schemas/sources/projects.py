"""projects: progress of development projects."""

from schemas.contract import column, source

CONTRACT = source(
    "projects",
    description="Cumulative progress of projects, month by month: context, never an effect of training.",
    grain="project × month",
    key=("project_id", "month"),
    columns=(
        column("project_id"),
        column("unit_code", references="units"),
        column(
            "manager_employee_id",
            type="text",
            nullable=True,
            privacy="pseudonym",
            references="employees",
            description="Manager of the project: pseudonym of the NIP.",
            label="NIP pengelola",
        ),
        column(
            "month",
            type="date",
            is_past=True,
            unit="month",
            description="Month that is reported (its first day).",
            label="Bulan",
        ),
        column("planned_pct"),
        column("actual_pct"),
        column("contract_idr"),
        column("realised_idr"),
        column(
            "planned_end",
            type="date",
            is_deadline=True,
            nullable=True,
            description="Planned end.",
            label="Rencana selesai",
        ),
    ),
)
