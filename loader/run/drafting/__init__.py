"""A draft: a file that a person looks at and fixes before it is planned and sent.

    file -> its rows -> findings -> windows of rows; edits -> the changed rows are checked again

The file is never changed: what is edited is an overlay (`loader.source.edited_cells`), which a
check, a plan and a load take.

database            the file that holds a draft's rows, findings and edits
file_to_rows        from the file to its rows
stored_rows         from the rows to chunks, with their edits
read_in_background  reading the file and checking its rows, in a thread
check_rows          the loader's own checks over some rows, or all
alike_keys          rows whose keys are too much alike
findings            what is wrong, as the database keeps it
undoable_edits      edits, undo, redo
target_names        the placements and tags of the target
shown_rows          some rows at a time, filtered and searched
shown_values        the values that a page shows
draft_state         what is read, checked and wrong; the sheets
draft_columns       what the columns are
same_mistakes       the same mistake in many cells, fixed at once
row_payload         what one row would send
customer_preview    how that looks to a customer
unrepeatable_errors what is wrong that a copy of texts would hide
corrected_file      the user's own file with the edits
draft               all of this together
drafts_folder       the drafts of a data folder, and their limits
"""

from loader.run.drafting.draft import Draft
from loader.run.drafting.drafts_folder import Drafts

__all__ = ["Draft", "Drafts"]
