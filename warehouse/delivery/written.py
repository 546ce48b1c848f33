"""What the city wrote, as it is in force: profiles, further names of units, policy; and what of it is set aside.

One broken profile, row or name never stops the rest: it is left out by itself, and everybody who looks is told.
"""

from __future__ import annotations

from schemas import profiles
from schemas.profiles import Profiles
from warehouse.delivery.rehearsal import rehearse
from warehouse.store import Store


def known_profiles(store: Store) -> Profiles:
    """Every profile, the city's own tried on an empty table."""
    return profiles.profiles(store.profiles, rehearse)
