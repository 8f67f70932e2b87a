"""`loader doctor`: is everything there that a load needs?"""

import os

import click

from loader.cli.invocation import Invocation
from loader.cli.options import setting_flags
from loader.cli.output.terminal import echo, echo_document, echo_table, on_one_line
from loader.cli.typed_options import SettingFlags


@click.command()
@setting_flags("api", "journal")
@click.option(
    "--write-probe",
    is_flag=True,
    help="Also create a draft offer, try on it whether updates are guarded, and delete it.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def doctor(invocation: Invocation, *, given: SettingFlags, write_probe: bool, as_json: bool) -> int:
    """Test the settings and the connection to the target.

    Shows every setting and where it comes from (secrets stay hidden), then what works and what
    does not: settings, token, container, one read, and the tables [notify] and [metrics] of
    loader.toml. Nothing is changed, except with --write-probe.
    """
    from loader.cli.output.formats import json_text
    from loader.run.setup.doctor import diagnose
    from loader.settings import config_document

    settings = invocation.settings(given, needs_target=True)
    if not as_json:
        echo_table(("setting", "value", "from"), settings.described())
        echo()
    report = diagnose(
        settings,
        write_probe=write_probe,
        document=config_document(given.config),
        environment=os.environ,
    )
    if as_json:
        echo_document(json_text(report))
        return report.exit_code
    for diagnosis in report.diagnoses:
        line = f"{diagnosis.health.value:<8} {diagnosis.subject}: {diagnosis.message}"
        echo(on_one_line(line))
    return report.exit_code
