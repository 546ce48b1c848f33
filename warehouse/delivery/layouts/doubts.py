"""What is doubtful about rows that are read all the same: sentences for people, each said once with the rows that it is about."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

ANSWERED = "column {at} holds answers to a question that is not known: not read"
OBSERVED = "column {at} holds scores of an observer who is not known: not read"
TURNED = "column {at} asks the other way round, or about something else: not read"
REMARKED = "column {at} says why people were away, and is not read: {n:,} rows"
WORDS = "column {{at}} holds words of {column}, and is not read: {{n:,}} rows"
"""To be told of which of the source's columns."""
GONE = "column {at} says who has left, and is not read: {n:,} rows"
CANCELLED = "column {at} says what did not take place, or who withdrew, and is not read: {n:,} rows"
TITLED = "a title or a sheet says that what stands below it has left, or did not take place, and it is read: {n:,} rows"
DONE = "column {at} says what has been done, and is not read: {n:,} rows"
TAUGHT = "column {at} names who taught, and is not read: {n:,} rows"
UNNUMBERED = "rows of answers lack their number, and are not read: {n:,} rows"
SHARED = "column {at} has amounts that are merged over several rows, and are of none of them alone: {n:,} rows"
REPLACED = "column {at} says who came in the place of somebody else, and is not read: {n:,} rows"
OTHERS = "column {at} says who taught or organised, and they are read as participants: {n:,} rows"
CONTRADICTED = "employment_type is another than the person's number says: {n:,} rows"

IN_PLACE = r"(?i)\b(?:(?:di|meng)ganti(?:kan)?|pengganti|(?:di|me)wakil(?:i|kan))\b"
"""How people write that somebody came in another's place."""
AWAY = r"(?i)\b(?:(?:tidak|tdk|tak|belum) (?:hadir|ikut|mengikuti|mengerjakan|masuk)|sakit|i[zj]in|alpa|mangkir|susulan|mengundurkan diri)\b"
"""How people write beside a test that somebody did not take it."""


class Doubts:
    """The doubts of one file, noted while its rows are mapped: iterating gives the sentences."""

    def __init__(self) -> None:
        self._rows: dict[tuple[str, int], set[tuple[int, int]]] = {}

    def note(self, sentence: str, at: int = 0, *, sheet: int = 0, rows: Iterable[int] = ()) -> None:
        """Note one of this module's sentences, of the column at a place from 1, and of rows of a sheet."""
        self._rows.setdefault((sentence, at), set()).update((sheet, row) for row in rows)

    def __iter__(self) -> Iterator[str]:
        for (sentence, at), rows in sorted(self._rows.items()):
            yield sentence.format(at=at, n=len(rows))
