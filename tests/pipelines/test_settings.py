"""The settings: read from the environment, told in words, and written down completely."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pydantic import SecretStr

from pipelines.settings import PREFIX, SERVICES, Settings, SettingsError, variable
from schemas.city import City

ROOT = Path(__file__).parents[2]
EXAMPLE = (ROOT / "deploy/environment.example").read_text(encoding="utf-8")
PAGE = (ROOT / "docs/settings.md").read_text(encoding="utf-8")
OURS = {variable(name) for name in Settings.model_fields}


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is set."""
    for name in OURS | SERVICES.keys():
        monkeypatch.delenv(name, raising=False)


def test_each_is_its_variable_and_empty_is_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIKLAT_HOME", "/srv/diklat")
    monkeypatch.setenv("DIKLAT_NIGHTLY_CRON", "30 0 * * *")
    monkeypatch.setenv("DIKLAT_CODE_LOCATION", "")
    settings = Settings.read()
    assert (settings.home, settings.nightly_cron, settings.code_location) == (
        Path("/srv/diklat"),
        "30 0 * * *",
        "diklat",
    )


def test_every_wrong_value_is_named_with_what_is_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIKLAT_NIGHTLY_CRON", "at one")
    monkeypatch.setenv("DIKLAT_CODE_LOCATION", "the city")
    with pytest.raises(SettingsError) as error:
        Settings.read()
    cron, location = str(error.value).splitlines()
    assert cron.startswith("DIKLAT_NIGHTLY_CRON is 'at one'; allowed: five fields")
    assert location.startswith("DIKLAT_CODE_LOCATION is 'the city'; allowed: letters")


def test_a_variable_that_nothing_reads_is_said(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("DIKLAT_BACKUPS", "/var/backups")
    monkeypatch.setenv("DIKLAT_NOTIFIES", "json://host")
    Settings.read()
    (record,) = caplog.records
    assert record.getMessage() == "DIKLAT_NOTIFIES is no setting and is not read. Did you mean DIKLAT_NOTIFY?"


def test_no_password_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIKLAT_NOTIFY", "mailtos://diklat:s3cret@kota.example")
    assert "s3cret" not in repr(Settings.read())


def rows(title: str) -> dict[str, tuple[str, ...]]:
    """Name → the other cells of the table under a heading of the page."""
    section = PAGE.split(f"\n## {title}\n", 1)[1].split("\n## ", 1)[0]
    return {
        cells[0]: tuple(cells[1:]) for cells in re.findall(r"^\| `(\w+)` \| (.*?) \| (.*) \|$", section, re.MULTILINE)
    }


def default(value: object) -> str:
    """A default as the page writes it: the value between backticks, a list with its commas, or nothing."""
    if isinstance(value, tuple):
        return f"`[{', '.join(map(str, value))}]`" if value else ""
    return f"`{value}`" if value not in (None, "") else ""


def test_the_page_has_every_setting_and_nothing_else() -> None:
    expected = {
        variable(name): (default("" if isinstance(field.default, SecretStr) else field.default), field.description)
        for name, field in Settings.model_fields.items()
    }
    assert rows("Of the program") == expected


def test_the_page_has_every_variable_of_the_services() -> None:
    assert {name: meaning for name, (_, meaning) in rows("Of the services").items()} == SERVICES


def test_the_page_has_every_key_of_the_citys_file_with_its_default() -> None:
    expected = {name: default(field.default) for name, field in City.model_fields.items()}
    assert {name: cells[0] for name, cells in rows("Of the city").items()} == expected
    assert all(meaning for _, meaning in rows("Of the city").values())


def test_the_example_has_every_setting_and_nothing_else() -> None:
    example = set(re.findall(rf"^({PREFIX}\w+)=", EXAMPLE, re.MULTILINE))
    # These two say where the file itself is, and who reads it.
    assert example == OURS | SERVICES.keys() - {"DIKLAT_ENVIRONMENT", "DIKLAT_USER", "DIKLAT_BACKUP_PRIVATE_KEY"}


def test_nothing_else_looks_at_the_environment_for_a_setting() -> None:
    reading = re.compile(rf"(environ|getenv|EnvVar).*{PREFIX}")
    files = [path for room in ("pipelines", "assets", "warehouse", "schemas") for path in (ROOT / room).rglob("*.py")]
    assert [path for path in files if reading.search(path.read_text(encoding="utf-8"))] == []
    assert reading.search('os.environ.get("DIKLAT_HOME")')


def test_what_holds_a_password_may_lie_in_a_file_that_one_service_alone_is_given(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "diklat_notify").write_text("mailtos://diklat:s3cret@kota.example\n")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    monkeypatch.setenv("DIKLAT_NOTIFY", "")
    assert Settings.read().notify.get_secret_value() == "mailtos://diklat:s3cret@kota.example"
    monkeypatch.setenv("DIKLAT_NOTIFY", "json://host")
    assert Settings.read().notify.get_secret_value() == "json://host"
