"""`[metrics]` and `[log]` in loader.toml: the numbers for Prometheus, and what is logged how.

    [metrics]
    address = "127.0.0.1:9464"     # /metrics and /healthz, while `loader watch` stays
    textfile = "/var/lib/prometheus/node-exporter/loader.prom"     # for `loader watch --once`

    [log]
    form = "json"

The numbers name folders and the outcomes of files, never offers.
"""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel

from loader.settings.config_file import Document
from loader.settings.declaring import setting
from loader.settings.toml_tables import CLOSED, read_table
from loader.settings.value_kinds import FilePath


def _address(text: str) -> str:
    host, colon, port = text.rpartition(":")
    if not colon or not port.isdecimal() or not 1 <= int(port) <= 65_535:
        raise ValueError('HOST:PORT is expected, like "127.0.0.1:9464"')
    return f"{host.strip('[]') or '0.0.0.0'}:{port}"  # noqa: S104 - the person asked for every address


def _textfile(path: Path) -> Path:
    if path.suffix != ".prom":
        raise ValueError("the node exporter reads only files that end in .prom")
    return path


class MetricsSettings(BaseModel):
    """`[metrics]`."""

    model_config = CLOSED

    address: Annotated[str, AfterValidator(_address)] | None = setting(
        "Where `loader watch` answers /metrics and /healthz while it stays.",
        accepts="HOST:PORT; :PORT for every address of this machine",
        default=None,
        shown_default="nowhere",
    )
    textfile: Annotated[FilePath, AfterValidator(_textfile)] | None = setting(
        "File that gets the numbers, for the node exporter: at every look and at the end.",
        accepts="a path that ends in .prom",
        default=None,
        shown_default="none",
    )

    def host_and_port(self) -> tuple[str, int] | None:
        """Give the address in its parts."""
        if self.address is None:
            return None
        host, _, port = self.address.rpartition(":")
        return host, int(port)


class LogSettings(BaseModel):
    """`[log]`."""

    model_config = CLOSED

    form: Literal["auto", "text", "json"] = setting(
        "How `loader watch` logs: text for people, JSON for programs; auto: text on a terminal.",
        accepts="auto, text or json",
        default="auto",
    )


def metrics_settings(document: Document) -> MetricsSettings:
    """Read `[metrics]`, or raise SettingsError naming every problem."""
    made = read_table(document, "metrics", MetricsSettings)
    if made.textfile is None:
        return made
    folder = (document.path or Path()).parent
    return made.model_copy(update={"textfile": folder / made.textfile.expanduser()})


def log_settings(document: Document) -> LogSettings:
    """Read `[log]`, or raise SettingsError naming every problem."""
    return read_table(document, "log", LogSettings)
