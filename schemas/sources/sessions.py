"""sessions: the timetable of the classes."""

from schemas.contract import column, source

CONTRACT = source(
    "sessions",
    description="Sessions of the classes with their narasumber and training hours.",
    grain="class × session",
    key=("class_id", "session_no"),
    columns=(
        column("class_id", references="classes"),
        column("session_no"),
        column("session_date"),
        column("module_name"),
        column("instructor_id", references="instructors", nullable=True),
        column("jp"),
    ),
)
