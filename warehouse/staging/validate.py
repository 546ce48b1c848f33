"""Rows validated: text in, typed rows that keep the contract and the refusals of the others out, ids as pseudonyms."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial

import polars as pl

from schemas.column import PANDERA_CODES
from schemas.contract import Contract
from schemas.identity import IdSpace
from warehouse.delivery.cells import values
from warehouse.people.door import Door, is_written
from warehouse.people.known import name_words
from warehouse.people.privacy import Forgotten, Names, pseudonyms
from warehouse.staging.refusals import ABOUT, POSITION


class Splitter:
    """Validates batches of one source: text in, typed accepted rows and refusals out."""

    def __init__(self, contract: Contract, secret: bytes, gone: Forgotten) -> None:
        self.contract, self._gone = contract, gone.people
        self.names = Names([], secret, gone.words) if gone.words else None
        self._people = pseudonyms(secret, "person")
        self._respondents = pseudonyms(secret, "survey")
        self._door = Door(Names([]), pseudonyms(secret, "code"))
        self.tokens = pseudonyms(secret, "words")
        """What stands for what somebody wrote."""

    def without_forgotten(self, text: pl.DataFrame, ids: IdSpace) -> pl.DataFrame:
        """The rows that are not about somebody who was forgotten; of theirs not even a refusal is kept."""
        if self._gone:
            for column in self.contract.columns:
                if column.privacy == "pseudonym":
                    is_theirs = [self._is_gone(value, ids) for value in text.get_column(column.name)]
                    if column.name in self.contract.key:
                        text = text.filter(~pl.Series(is_theirs, dtype=pl.Boolean))
                    else:
                        theirs = pl.Series(is_theirs, dtype=pl.Boolean)
                        text = text.with_columns(pl.when(~theirs).then(pl.col(column.name)).alias(column.name))
        return text

    def _is_gone(self, value: str | None, ids: IdSpace) -> bool:
        known, code = ids.check(value) if value else (None, None)
        if known is None:
            # Who was forgotten is no employee any more: their name is known by its words alone.
            return bool(value and code == "PERSON_UNKNOWN" and self.names and self.names.is_forgotten(value))
        return self._people.one(ids.prefix + known) in self._gone

    def names_forgotten(self, line: str) -> bool:
        """Whether a raw line holds the NIP of somebody who was forgotten."""
        numbers = re.findall(r"\d(?:[ ]?\d){8,}", line) if self._gone else []
        return any(self._people.one(number.replace(" ", "")) in self._gone for number in numbers)

    def split(self, text: pl.DataFrame, ids: IdSpace, reader: values.Reader) -> tuple[pl.DataFrame, pl.DataFrame]:
        """(typed rows that keep the contract, refusals as position, column_name, reason_code and whom, or what, the row is about).

        `text` holds the contract's columns as clean text. Ids in the accepted rows are still readable: see `pseudonymise`.
        """
        import pandera.errors

        typed, found = [], []
        text = values.on_their_scale(text)
        for column in self.contract.columns:
            raw = text.get_column(column.name)
            if column.privacy == "pseudonym":
                check = ids.check if column.references else partial(_by_name, ids)
                checked = {value: check(value) for value in raw.drop_nulls().unique().to_list()}
                codes = {value: code for value, (_, code) in checked.items() if code}
                digits = {value: found for value, (found, _) in checked.items()}
                if others := [
                    value for value, number in digits.items() if number and ids.is_beside_another(value, number)
                ]:
                    reader.noticed[column.name, "stands beside the name of somebody else"] += int(
                        raw.is_in(others).sum()
                    )
                is_plain = all(value == found for value, found in digits.items())
                parsed = raw if is_plain else raw.replace_strict(digits, return_dtype=pl.String)
            else:
                parsed, codes = reader.parse(raw, column)
                if column.privacy == "respondent" and parsed.str.contains("@", literal=True).any():
                    parsed = parsed.replace({text: _in_small_letters(text) for text in parsed.drop_nulls().unique()})
            typed.append(parsed.alias(column.name))
            if codes:
                reasons = raw.replace_strict(codes, default=None, return_dtype=pl.String)
                found += [
                    _refusals((reasons == code).fill_null(False).arg_true(), column.name, code)
                    for code in sorted(set(codes.values()))
                ]
        frame = pl.DataFrame(typed)
        try:
            self.contract.schema.validate(frame, lazy=True)
        except pandera.errors.SchemaErrors as errors:
            found.extend(self._failures(errors.failure_cases))
        if not found:
            return frame, _refusals(pl.Series([], dtype=pl.UInt32), "", "").with_columns(
                pl.lit(None, pl.String).alias(ABOUT)
            )
        refusals = pl.concat(found).unique(subset=[POSITION, "column_name"], keep="first", maintain_order=True)
        rows = frame.with_row_index(POSITION)
        good = rows.join(refusals, on=POSITION, how="anti", maintain_order="left").drop(POSITION)
        about = pl.DataFrame(schema={POSITION: pl.UInt32, ABOUT: pl.String})
        if self.contract.snapshot:
            broken = self.pseudonymise(rows.join(refusals, on=POSITION, how="semi"), ids)
            about = broken.select(POSITION, pl.col(self.contract.key[0]).alias(ABOUT))
        refusals = refusals.sort(POSITION, maintain_order=True)
        return good, refusals.join(about, on=POSITION, how="left", maintain_order="left")

    def _failures(self, cases: pl.DataFrame) -> Iterator[pl.DataFrame]:
        lost = cases.filter(pl.col("index").is_null())
        if lost.height:
            raise AssertionError(f"{self.contract.name}: contract and frame differ: {lost.rows()[:3]}")
        cases = cases.select(
            pl.col("index").cast(pl.UInt32).alias(POSITION),
            pl.col("column").cast(pl.String).alias("column_name"),
            pl.col("check").cast(pl.String).replace(PANDERA_CODES).alias("reason_code"),
        )
        # A rule over the whole row names the column to mark in its code: CODE:column.
        parts = pl.col("reason_code").str.split(":")
        yield cases.with_columns(
            pl.coalesce(parts.list.get(1, null_on_oob=True), "column_name").alias("column_name"),
            parts.list.get(0).alias("reason_code"),
        )

    def pseudonymise(self, frame: pl.DataFrame, ids: IdSpace) -> pl.DataFrame:
        """Ids replaced by pseudonyms, also where they stand in codes, and direct identifiers left out."""
        replaced = []
        for column in self.contract.columns:
            if column.privacy in ("pseudonym", "respondent"):
                space = self._people if column.privacy == "pseudonym" else self._respondents
                replaced.append(space.series((ids.prefix + frame.get_column(column.name)).alias(column.name)))
            elif column.privacy == "public" and column.type == "text" and not column.values and not is_written(column):
                replaced.append(self._door.numbers(frame.get_column(column.name)))
        return frame.with_columns(replaced).drop([c.name for c in self.contract.columns if c.privacy == "identifier"])


_NUMBERED = re.compile(r"(?P<nth>\w{1,4}) # (?P<whom>.+)").fullmatch


def _by_name(ids: IdSpace, text: str) -> tuple[str | None, str | None]:
    """The id of somebody who need be no employee, or the reason why there is none: of a name alone that name, so that who bears it is told from others;
    of one whom a form only numbers (`2 # <NIP>`: the second of whom it asks about that person) the number of theirs."""
    if numbered := _NUMBERED(text):
        known, code = ids.check(numbered["whom"])
        return (f"{known} # {numbered['nth'].casefold()}" if known else None), code
    known, code = ids.check(text)
    words = name_words(text)
    return (known, code) if known or not words or re.search(r"\d", text) else (f"name {' '.join(words)}", None)


def _in_small_letters(text: str) -> str:
    """The text with its mail addresses in small letters: who types theirs in capitals is nobody else."""
    return re.sub(r"[^\s|]+", lambda part: part[0].casefold() if "@" in part[0] else part[0], text)


def _refusals(positions: pl.Series, column: str, code: str) -> pl.DataFrame:
    return (
        positions.cast(pl.UInt32)
        .alias(POSITION)
        .to_frame()
        .with_columns(pl.lit(column).alias("column_name"), pl.lit(code).alias("reason_code"))
    )
