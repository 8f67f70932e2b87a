"""The SQL of the journal: a file is the one beside this module, unless a package is named."""

from functools import partial
from typing import Final

from loader import named_sql

script: Final = partial(named_sql.script, package=__package__)
statements: Final = partial(named_sql.statements, package=__package__)
