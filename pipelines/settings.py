"""The settings: everything that the program takes from its environment, as one typed object that is read once.

A command of `pipelines.cli` or the loading of `pipelines.definitions` reads it and hands it down; nobody else looks at a
`DIKLAT_` variable. What belongs to the city and not to the machine stands in its `city.yaml` (`schemas.city`).
"""

from __future__ import annotations

import datetime as dt
import json
import logging
import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import AfterValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from schemas.said import Said, said
from schemas.written import nearest
from warehouse.store import Store

log = logging.getLogger("diklat.settings")
PREFIX = "DIKLAT_"
SERVICES = {
    "DIKLAT_CODE_SOCKET": "socket at which the code service listens",
    "DIKLAT_LOGS": "folder of what runs print, which the windows show",
    "DIKLAT_SERVER_NAME": "host name of the proxy",
    "DIKLAT_VIEWERS": "where the window for viewers listens",
    "DIKLAT_ENGINEERS": "where the window for engineers listens",
    "DIKLAT_RESOLVER": "name server of the proxy",
    "DIKLAT_SENDERS": "folder of the senders' own folders",
    "DIKLAT_SENDER_MEGABYTES": "how much of one sender may wait to be collected",
    "DIKLAT_SETTLED_SECONDS": "how long a sent file must have stood still",
    "DIKLAT_BACKUPS": "folder of the back-ups",
    "DIKLAT_BACKUPS_KEPT": "how many back-ups are kept",
    "DIKLAT_BACKUP_KEY": "public key (age) for which back-ups are encrypted; empty: they are not",
    "DIKLAT_BACKUP_PRIVATE_KEY": "file of the private key, where such a back-up is restored",
    "DIKLAT_ENVIRONMENT": "file of settings that `deploy/run` reads",
    "DIKLAT_USER": "user as whom `deploy/run` runs",
}
"""Variables that the files of `deploy/` read; to the program itself they mean nothing."""
DAGSTER_YAML = """\
# Dagster is the window and the clock; the stores beside this folder are complete without it.
telemetry: {enabled: false}
nux: {enabled: false}
run_monitoring: {enabled: true, start_timeout_seconds: 300, max_runtime_seconds: 14400}
concurrency: {pools: {granularity: run, default_limit: 1}, runs: {max_concurrent_runs: 1}}
retention: {schedule: {purge_after_days: 90}, sensor: {purge_after_days: {skipped: 7, failure: 30, success: 90}}}
# What the program's steps say is kept, warnings and worse; of what Dagster itself says beside its events nothing, for when a
# step fails it says of each of forty others that it was not run.
python_logs: {managed_python_loggers: [diklat.run], python_log_level: CRITICAL}
event_log_storage: {module: pipelines.event_log, class: EventLog, config: {base_dir: {env: DAGSTER_HOME}}}
"""


class SettingsError(ValueError):
    """A variable of the environment has a value that it cannot have; the message names all of them."""

    def __init__(self, wrong: Sequence[Said]) -> None:
        self.wrong = tuple(wrong)
        super().__init__("\n".join(wrong))


def _cron(text: str) -> str:
    if text and not re.fullmatch(r"[\d*/,-]+( [\d*/,-]+){4}", text):
        raise ValueError(said("five fields of a cron schedule: minute, hour, day, month, weekday, as '30 0 * * *'"))
    return text


def _address(text: str) -> str:
    if text and not re.fullmatch(r"https?://[^\s/?#]+(/[^\s?#]*)?", text):
        raise ValueError(said("an address as 'https://diklat.example.go.id'"))
    return text.rstrip("/")


def _name(text: str) -> str:
    if not re.fullmatch(r"[\w.-]+", text):
        raise ValueError(said("letters, digits, '_', '-' and '.'"))
    return text


def _server(address: SecretStr) -> SecretStr:
    if not re.fullmatch(r"(sc://[^\s/]+(/\S*)?)?", address.get_secret_value()):
        raise ValueError(said("an address of Spark Connect as 'sc://host:15002'"))
    return address


class _Spoken(BaseSettings):
    """The one setting that is wanted before all others are known to be sound: errors are said in it."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_ignore_empty=True, frozen=True)

    language: Literal["en", "id"] = Field(
        default="en",
        description="Language of the command line: `en`, or `id` for Bahasa Indonesia, its numbers (22.000; 5,6%) and help, too. What `--json` prints "
        "stays as it is; the report's languages are the city's (`languages`).",
    )


class Settings(_Spoken):
    """Each field is the variable of its name in capitals after `DIKLAT_`. Empty is as good as not set; then a file named like the
    variable, in small letters, in `$CREDENTIALS_DIRECTORY` (systemd's credentials, a container's secrets) may hold it."""

    home: Path = Field(default=Path("data"), description="The data root: deliveries, stores, published versions.")
    nightly_cron: Annotated[str, AfterValidator(_cron)] = Field(
        default="",
        description="Cron schedule of the nightly run in the city's zone, instead of the hour in `city.yaml`.",
    )
    engine: Literal["duckdb", "spark"] = Field(
        default="duckdb",
        description="What makes the tables: `duckdb` on this machine, or `spark` (extra `spark`, Java 17) for [what it cannot hold](scale.md).",
    )
    spark_remote: Annotated[SecretStr, AfterValidator(_server)] = Field(
        default=SecretStr(""),
        description="With `DIKLAT_ENGINE=spark`: address of a Spark Connect server, as `sc://host:15002`, that sees the data root under the same "
        "path. Empty: Spark on this machine.",
    )
    spark_reads: bool = Field(
        default=False,
        description="With `DIKLAT_ENGINE=spark`: its executors read the deliveries, too, a month each. They need [this program and the data "
        "root](scale.md#reading-on-a-cluster).",
    )
    facts_by_month: bool = Field(
        default=False,
        description="Facts are published as [Parquet files by month](bi/README.md#facts-by-month) alone, which `warehouse.duckdb` shows as views: for facts "
        "that are too many to be written twice. From the next version on.",
    )
    notify: SecretStr = Field(
        default=SecretStr(""),
        description="Who is told of what goes wrong: addresses of [Apprise](https://appriseit.com/services/), separated by "
        "commas or spaces, and `file:///path` for a log file. Empty: nobody.",
    )
    escalate: SecretStr = Field(
        default=SecretStr(""),
        description="Who is told, beside those of `DIKLAT_NOTIFY`, of a source that is late beyond what `contacts.yaml` allows: addresses "
        "of the same kind.",
    )
    metrics: str = Field(
        default="",
        description="Folder in which `diklat.prom` is written for node exporter's textfile collector (Prometheus). Empty: none.",
    )
    log_format: Literal["text", "json"] = Field(
        default="text",
        description="`json`: what the program logs is one JSON object a line; `text`: as Python writes it.",
    )
    lineage: Annotated[str, AfterValidator(_address)] = Field(
        default="",
        description="Address of a catalogue that takes OpenLineage events (extra `lineage`), as `https://marquez.example.go.id`. Empty: none.",
    )
    address: Annotated[str, AfterValidator(_address)] = Field(
        default="",
        description="Where people reach the report and the audits' pages, as `https://diklat.example.go.id`: links in Dagster lead "
        "there. Empty: paths on this machine.",
    )
    code_location: Annotated[str, AfterValidator(_name)] = Field(
        default="diklat",
        description="Name of this code location in Dagster's workspace; the command line's runs are filed under it.",
    )

    @property
    def store(self) -> Store:
        """The data root, with the city as its file says it now."""
        return Store(self.home.absolute())

    @classmethod
    def read(cls) -> Settings:
        """The settings of the environment. Raises SettingsError naming every wrong value; a variable that nothing reads is
        said in the log, since it is mostly a slip or of an older version."""
        known = {variable(name) for name in cls.model_fields}
        for name in sorted(os.environ):
            if name.startswith(PREFIX) and name not in known | SERVICES.keys():
                guess = nearest(name, known | SERVICES.keys())
                log.warning("%s is no setting and is not read.%s", name, f" Did you mean {guess}?" if guess else "")
        try:
            # An argument of every settings class of pydantic, which mypy does not see without its plugin.
            return cls(_secrets_dir=os.environ.get("CREDENTIALS_DIRECTORY"))  # type: ignore[call-arg]
        except ValidationError as error:
            raise SettingsError([_in_words(flaw) for flaw in error.errors()]) from None


def language_asked() -> str:
    """The language of the command line; where it cannot be read, English, in which the reason is told."""
    try:
        return _Spoken().language
    except ValidationError:
        return "en"


def variable(field: str) -> str:
    """The variable of the environment that a field is read from."""
    return PREFIX + field.upper()


def _in_words(flaw: Any) -> Said:
    # What a check of our own raises knows its words; of a choice Pydantic tells the names.
    told = flaw.get("ctx", {})
    allowed = told["error"].args[0] if "error" in told else told.get("expected", flaw["msg"])
    return said(
        "{variable} is {value}; allowed: {allowed}.",
        variable=variable(flaw["loc"][0]),
        value=repr(flaw["input"]),
        allowed=allowed,
    )


class _Json(logging.Formatter):
    """A record as one JSON object."""

    def format(self, record: logging.LogRecord) -> str:
        said = {
            "at": dt.datetime.fromtimestamp(record.created, dt.UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            said["error"] = self.formatException(record.exc_info)
        return json.dumps(said, ensure_ascii=False)


def prepare_logs(settings: Settings) -> None:
    """Have the program's loggers write as the settings say, once, whoever asks how often. Dagster's own services take
    `--log-format json`."""
    is_json = settings.log_format == "json"
    own = logging.getLogger("diklat" if is_json else "diklat.progress")
    if not own.handlers:
        handler = logging.StreamHandler()
        handler.setFormatter(_Json() if is_json else None)
        own.addHandler(handler)
        own.propagate = not is_json


def prepare_dagster(store: Store) -> None:
    """Give Dagster its home below the data root, with telemetry and pop-ups off, unless one is configured already."""
    store.dagster_home.mkdir(parents=True, exist_ok=True)
    store.dagster_home.chmod(0o700)
    config = store.dagster_home / "dagster.yaml"
    if not config.exists():
        config.write_text(DAGSTER_YAML, encoding="utf-8")
    os.environ.setdefault("DAGSTER_HOME", str(store.dagster_home))
    os.environ.setdefault("DAGSTER_DISABLE_TELEMETRY", "1")
    os.environ.setdefault("DAGSTER_EVENT_BATCH_SIZE", "1000")


def write_workspace(settings: Settings, code: Path) -> Path:
    """Write beside the socket `code` of this installation's code server the workspace that shows it alone to Dagster's webserver and daemon;
    returns its path."""
    path = code.with_name("workspace.yaml")
    server = {"socket": str(code), "location_name": settings.code_location}
    path.write_text(yaml.safe_dump({"load_from": [{"grpc_server": server}]}), encoding="utf-8")
    return path
