"""A run that has not finished, in words, and the command that goes on with it."""


def unfinished_run(run_id: str, undo_of: str) -> tuple[str, str]:
    """Return what to call a run, and the command that goes on with it.

    `undo_of` is the run that it takes back, else "": an undo goes on only by the command that says
    so, and asks.
    """
    if undo_of:
        return f"the undo of run {undo_of}", f"`loader undo {undo_of}`"
    return f"run {run_id}", f"`loader resume {run_id}`"
