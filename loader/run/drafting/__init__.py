"""A draft: a file that a person looks at and fixes before it is planned and sent.

    file -> its rows -> findings -> windows of rows; edits -> the changed rows are checked again

The file is never changed: what is edited is an overlay (`loader.source.edited_cells`), which a
check, a plan and a load take.

database   the file that holds a draft's rows, findings and edits
intake     from the file to its rows
stored     from the rows to chunks, with their edits
work       reading and checking in the background
checking   the loader's own checks over some rows, or all
alike      rows whose keys are too much alike
steps      edits, undo, redo
names      the placements and tags of the target
window     what a page shows of the rows
state      what is read, checked and wrong; its sheets and their columns
groups     the same mistake in many cells, fixed at once
payload    what one row would send
draft      all of this together
folder     the drafts of a data folder, and their limits
"""

from loader.run.drafting.draft import Draft
from loader.run.drafting.folder import Drafts

__all__ = ["Draft", "Drafts"]
