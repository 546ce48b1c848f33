"""What a cell of a number shows beside its value, by its format: a percentage, a code with zeros and letters before it (`007`, `NS-007`) or two decimals
(`1.10`), or a word behind it that says how much it is worth (`25 juta`, `45%`).

Imports little, because the child process that opens workbooks imports it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import takewhile

BUILT_IN: Mapping[int, str] = {2: "cents", 9: "percent", 10: "percent"}
"""Numbers of the formats that every program knows by itself (`0.00`, `0%`, `0.00%`) → what `shown` is told."""
_CODE = re.compile(r"""(?:"([^"]*)"|((?:\\.|[-])*))(0{1,9})(?:;.*)?""").fullmatch
_TOKENS = re.compile(r'"[^"]*"|\\.|[_*].|\[[^\]]*\]|.', re.DOTALL).findall
"""Of the code of a format: a text, a mark, a gap, a colour or a condition, or a sign."""
_SHOWN = re.compile(r"(\D*)(\d+)").fullmatch
_IS_WORD = re.compile(r"[^\W\d_]").search
_WORTH = re.compile(
    r"\s*(?:%|persen|(?:ribu|rb|juta|jt|mil[iy]ar|mlr|m|tril[iy]un)(?:\s*rupiah)?|(?:[.,]000)+)\W*", re.IGNORECASE
).fullmatch
"""What stands behind a number and makes it another one."""
_BEHIND = re.compile(r"([\d.,]*\d)(\D+)").fullmatch


def of_format(code: str) -> str:
    """Of the code of a format (`0%`, `000`, `"NS-"000`, `0.00`, `#,##0" juta"`) what `shown` is told; '' where nothing."""
    tokens = [*takewhile(lambda token: token != ";", _TOKENS(code.replace("General", "0")))]
    if "%" in tokens:
        return "percent"
    if "".join(tokens) == "0.00":
        return "cents"
    last = max((at for at, token in enumerate(tokens) if token in "0#?"), default=len(tokens))
    behind = "".join(token.strip('"').removeprefix("\\") for token in tokens[last + 1 :] if token[0] not in "[_*")
    # A comma there is worth a thousand: the value is the whole amount.
    if _WORTH(behind):
        return f"behind {behind}"
    match = _CODE(code)
    before = match[1] or re.sub(r"\\(.)", r"\1", match[2] or "") if match else ""
    return f"code {len(match[3])} {before}" if match and (len(match[3]) > 1 or _IS_WORD(before)) else ""


def of_text(text: str, value: str) -> str:
    """The same of a cell that shows this text and has that value."""
    if re.fullmatch(r"\d+[.,]\d0", text) and text[:-1].replace(",", ".") == value:
        return "cents"
    behind = _BEHIND(text)
    if behind and _WORTH(behind[2]) and behind[1].replace(",", ".") == value:
        return f"behind {behind[2]}"
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
    if kind == "cents":
        return f"{text}0" if re.fullmatch(r"-?\d+\.\d", text) else text
    if kind.startswith("behind "):
        return text + kind.removeprefix("behind ") if re.fullmatch(r"-?\d+(?:\.\d+)?", text) else text
    _, digits, before = kind.split(" ", 2)
    return before + text.zfill(int(digits)) if text.isdigit() else text
