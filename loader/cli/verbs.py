"""Every verb of the command line, where it lives, and what it does in one line.

Rules of this file: standard library only. `loader --help` reads nothing else; a verb's module is
imported when the verb is used.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Verb:
    """Where a verb's command lives ("module:attribute"), and its line in `loader --help`."""

    command: str
    line: str


VERBS: Mapping[str, Verb] = {
    "template": Verb(
        command="loader.cli.template:template",
        line="Write a blank workbook or CSV to fill in.",
    ),
    "placements": Verb(
        command="loader.cli.placements:placements",
        line="List the placements and tags that a sheet may name.",
    ),
    "profile": Verb(
        command="loader.cli.profile:profile",
        line="Write a first column profile of a foreign sheet.",
    ),
    "check": Verb(
        command="loader.cli.check:check",
        line="Read and validate spreadsheets; nothing is sent.",
    ),
    "explain": Verb(
        command="loader.cli.explain:explain",
        line="Explain a code, or show a page of the manual.",
    ),
    "doctor": Verb(
        command="loader.cli.doctor:doctor",
        line="Check settings, token, container and a read.",
    ),
    "load": Verb(
        command="loader.cli.load:load",
        line="Create the offers of spreadsheets, each row once.",
    ),
    "watch": Verb(
        command="loader.cli.watch:watch",
        line="Load the files that are dropped into a folder.",
    ),
    "inbox": Verb(
        command="loader.cli.inbox:inbox",
        line="See how an inbox stands; drop a file again.",
    ),
    "resume": Verb(
        command="loader.cli.recover:resume",
        line="Go on with a stopped run.",
    ),
    "runs": Verb(
        command="loader.cli.runs:runs",
        line="List the runs, or show one.",
    ),
    "results": Verb(
        command="loader.cli.runs:results",
        line="Write the results of a run again.",
    ),
    "reconcile": Verb(
        command="loader.cli.recover:reconcile",
        line="Look up the unknown rows of a run; send nothing.",
    ),
    "resolve": Verb(
        command="loader.cli.recover:resolve",
        line="Decide an unknown row by hand.",
    ),
    "verify": Verb(
        command="loader.cli.verify:verify",
        line="Compare what a run created with the server.",
    ),
    "undo": Verb(
        command="loader.cli.undo:undo",
        line="Delete exactly what a run created.",
    ),
    "sandbox": Verb(
        command="loader.cli.sandbox:sandbox",
        line="Start a local imitation of the API.",
    ),
}
