"""employees: who works where, month by month."""

from schemas.contract import column, source

CONTRACT = source(
    "employees",
    description="Full picture of all employees in a month; slowly changing history comes from the sequence of pictures.",
    grain="employee × snapshot month",
    key=("employee_id",),
    snapshot=True,
    columns=(
        column("employee_id"),
        column("full_name"),
        column("employment_type"),
        column("unit_code", references="units"),
        column("position_title"),
        column("position_group"),
        column("grade"),
        column("education_level"),
    ),
)
