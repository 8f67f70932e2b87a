"""Files as people really have them, built in code, each with what must come out.

CASES      every file of the corpus
Case       one file: its bytes, how it is read, and the rows, problems, notices or refusal
"""

from tests.corpus.binary import BINARY
from tests.corpus.broken import BROKEN
from tests.corpus.case import Case
from tests.corpus.old_excel import OLD_EXCEL
from tests.corpus.opendocument import OPENDOCUMENT
from tests.corpus.packages import PACKAGES
from tests.corpus.texts import TEXTS
from tests.corpus.typed import TYPED
from tests.corpus.workbooks import WORKBOOKS

CASES: tuple[Case, ...] = (
    *(*TEXTS, *WORKBOOKS, *PACKAGES, *TYPED, *OPENDOCUMENT),
    *(*OLD_EXCEL, *BINARY, *BROKEN),
)

__all__ = ["CASES", "Case"]
