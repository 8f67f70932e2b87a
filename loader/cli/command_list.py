"""The verbs of the command line, and the text of `loader --help`.

This module imports nothing, so that the help costs no more than a start of Python. A verb's own
module is imported when the verb is used.
"""

# Each verb, in the order of a person's work: where its command is, and its line in the help.
VERBS: dict[str, tuple[str, str]] = {
    "template": (
        "loader.cli.commands.template:template",
        "Write a blank workbook or CSV to fill in.",
    ),
    "placements": (
        "loader.cli.commands.placements:placements",
        "List the placements and tags that a sheet may name.",
    ),
    "mapping": (
        "loader.cli.commands.mapping:mapping",
        "Write a first mapping for a sheet with its own columns.",
    ),
    "profile": (
        "loader.cli.commands.mapping:mapping",
        "The older name of mapping.",
    ),
    "check": (
        "loader.cli.commands.check:check",
        "Read and validate spreadsheets; nothing is sent.",
    ),
    "explain": (
        "loader.cli.commands.explain:explain",
        "Explain a code, or show a page of the manual.",
    ),
    "doctor": (
        "loader.cli.commands.doctor:doctor",
        "Test the settings and the connection.",
    ),
    "load": (
        "loader.cli.commands.load:load",
        "Create the offers of spreadsheets, each row once.",
    ),
    "web": (
        "loader.cli.commands.web:web",
        "Open a page in the browser: drop, fix and send a sheet.",
    ),
    "pull": (
        "loader.cli.commands.pull:pull",
        "Write the offers of the target into a sheet to edit.",
    ),
    "plan": (
        "loader.cli.commands.plan:plan",
        "Show what an edited sheet would change; nothing is sent.",
    ),
    "apply": (
        "loader.cli.commands.apply:apply",
        "Change offers as a sheet, or a plan, says.",
    ),
    "approve": (
        "loader.cli.commands.approve:approve",
        "Approve a plan that somebody else made.",
    ),
    "watch": (
        "loader.cli.commands.watch:watch",
        "Load the files that are put into a folder.",
    ),
    "inbox": (
        "loader.cli.commands.inbox:inbox",
        "Show the state of an inbox; load a file again.",
    ),
    "resume": (
        "loader.cli.commands.recover:resume",
        "Continue a stopped run.",
    ),
    "runs": (
        "loader.cli.commands.runs:runs",
        "List the runs, or show one.",
    ),
    "history": (
        "loader.cli.commands.history:history",
        "Show what is known of one offer over time.",
    ),
    "audit": (
        "loader.cli.commands.audit:audit",
        "Show who did what, and check that nothing was altered.",
    ),
    "results": (
        "loader.cli.commands.runs:results",
        "Write the results of a run again.",
    ),
    "reconcile": (
        "loader.cli.commands.recover:reconcile",
        "Look up the unknown rows of a run; send nothing.",
    ),
    "resolve": (
        "loader.cli.commands.recover:resolve",
        "Decide what happened to an unknown row.",
    ),
    "verify": (
        "loader.cli.commands.verify:verify",
        "Compare what a run did with the server.",
    ),
    "undo": (
        "loader.cli.commands.undo:undo",
        "Take back exactly what a run did.",
    ),
    "journal": (
        "loader.cli.commands.journal:journal",
        "Copy the journal: from a file into PostgreSQL, or back.",
    ),
    "sandbox": (
        "loader.cli.commands.sandbox:sandbox",
        "Start a local imitation of the API.",
    ),
}
HIDDEN = frozenset({"profile"})  # older names of verbs, which go on working
OF_RUNS = frozenset(  # these take the target from the journal
    {"resume", "runs", "history", "audit", "results", "reconcile", "resolve", "verify", "undo"}
)

_HELP = """\
Usage: loader [OPTIONS] COMMAND [ARGS]...

  Load fallback offers from spreadsheets into Adobe Journey Optimizer.

  Every row is created once and every row is accounted for. Start with: loader
  template offers.xlsx, then loader check offers.xlsx, then loader load
  offers.xlsx --sandbox.

Options:
  --version   Show the version and exit.
  -h, --help  Show this message and exit.

Commands:
"""


def overview() -> str:
    """Return the text of `loader --help`."""
    shown = {name: line for name, (_, line) in VERBS.items() if name not in HIDDEN}
    return _HELP + "".join(f"  {name:<10}  {line}\n" for name, line in shown.items())
