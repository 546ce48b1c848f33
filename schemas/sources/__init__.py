"""One module per source, each with a `CONTRACT`: what `landing/<source>/<YYYY-MM>/*` must hold.

A new source is a new module here; its asset, staging view, template and dictionary page follow.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping

from schemas.contract import Contract

SOURCES: Mapping[str, Contract] = {
    module.name: importlib.import_module(f"{__name__}.{module.name}").CONTRACT
    for module in sorted(pkgutil.iter_modules(__path__), key=lambda module: module.name)
}
