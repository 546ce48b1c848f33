"""What a cell of a number shows beside its value, by its format: a percentage, or a code with zeros and letters before it (`007`, `NS-007`).

Imports little, because the child process that opens workbooks imports it.
"""

from __future__ import annotations

import re

_CODE = re.compile(r"""(?:"([^"]*)"|((?:\\.|[-])*))(0{1,9})(?:;.*)?""").fullmatch
_SHOWN = re.compile(r"(\D*)(\d+)").fullmatch
_IS_WORD = re.compile(r"[^\W\d_]").search


def of_format(code: str) -> str:
    """Of the code of a format (`0%`, `000`, `"NS-"000`) what `shown` is told; '' where nothing."""
    if "%" in code:
        return "percent"
    match = _CODE(code)
    before = match[1] or re.sub(r"\\(.)", r"\1", match[2] or "") if match else ""
    return f"code {len(match[3])} {before}" if match and (len(match[3]) > 1 or _IS_WORD(before)) else ""


def of_text(text: str, value: str) -> str:
    """The same of a cell that shows this text and has that value."""
    match = _SHOWN(text)
    is_code = match and (match[2].startswith("0") or _IS_WORD(match[1])) and text != value
    return f"code {len(match[2])} {match[1]}" if match and is_code and value == match[2].lstrip("0") else ""


def shown(text: str, kind: str) -> str:
    """The text of a cell as it is shown, where it is of such a kind."""
    if kind == "percent":
        try:
            return f"{round(float(text) * 100, 10):g}%"
        except ValueError:
            return text
    _, digits, before = kind.split(" ", 2)
    return before + text.zfill(int(digits)) if text.isdigit() else text
