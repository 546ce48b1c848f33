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

    def series(self, values: pl.Series) -> pl.Series:
        """Pseudonyms of a column of text: 32 hex digits, the same for ever under the same key; null stays null.

        Each distinct value is worked out once.
        """
        distinct = values.drop_nulls().unique()
        if not distinct.len():
            return values
        if len(self._known) > CACHE_LIMIT:
            self._known = {}
        # A name of its own, because another thread may begin a new cache.
        known, key = self._known, self._key
        codes = [
            known.get(one) or known.setdefault(one, hmac.digest(key, one.encode(), "sha256")[:LENGTH].hex())
            for one in distinct.to_list()
        ]
        mapping = pl.DataFrame({"id": distinct, "code": codes})
        coded = values.to_frame("id").join(mapping, on="id", how="left", maintain_order="left")
        return coded.get_column("code").alias(values.name)


@cache
def pseudonyms(secret: bytes, space: str) -> Pseudonyms:
    """The pseudonyms of a key space, with what is already worked out in this process."""
    return Pseudonyms(secret, space)
