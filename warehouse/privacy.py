"""Pseudonyms: keyed HMAC-SHA256, so that nobody without the key can go from code to person or try all NIPs."""

from __future__ import annotations

import hashlib
import hmac
from functools import cache

import polars as pl

LENGTH = 16
"""Bytes of a pseudonym that are kept: 128 bits; a collision among 10⁹ people is less likely than 10⁻²⁰."""
CACHE_LIMIT = 500_000


class Pseudonyms:
    """Replaces ids of one key space. `space` is `person` or `survey`: their codes can never be joined."""

    def __init__(self, secret: bytes, space: str) -> None:
        self._key = hmac.digest(secret, space.encode(), hashlib.sha256)
        self._known: dict[str, str] = {}

    def one(self, value: str) -> str:
        """The pseudonym of `value`: 32 hex digits, the same for ever under the same key."""
        code = self._known.get(value)
        if code is None:
            if len(self._known) > CACHE_LIMIT:
                self._known.clear()
            code = hmac.digest(self._key, value.encode(), "sha256")[:LENGTH].hex()
            self._known[value] = code
        return code

    def series(self, values: pl.Series) -> pl.Series:
        """Pseudonyms of a column of text; null stays null. Each distinct value is worked out once."""
        distinct = values.drop_nulls().unique()
        codes = [self.one(value) for value in distinct.to_list()]
        if not codes:
            return values
        mapping = pl.DataFrame({"id": distinct, "code": codes})
        return (
            values.to_frame("id")
            .join(mapping, on="id", how="left", maintain_order="left")
            .get_column("code")
            .alias(values.name)
        )


@cache
def pseudonyms(secret: bytes, space: str) -> Pseudonyms:
    """The pseudonyms of a key space, with what is already worked out in this process."""
    return Pseudonyms(secret, space)
