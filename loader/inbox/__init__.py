"""The inbox: a folder that files are dropped into, loaded one by one, and reported on.

drops         what the inbox knows and says: candidates, claims, what became of a dropped file
events        what happens in an inbox: notifications, metrics, logs and the terminal listen
folder        what a place for drops must be able to do; the local folder is one, a bucket another
local_folder  the local folder: every move is a rename
file_names    which names are taken
stability     when a file is complete
ledger        every claim and what became of it, kept in the journal
file_outcome  from how a load ended to what becomes of the file
load_file     one claimed file, from its claim to its place
claimed_run   the run of a claimed file: plan, decide, apply
watcher       the loop over the folders
service       a watcher with its lock and its ledger
schedule      when a folder with a schedule is due
wake          what wakes the loop
lock          one watcher at a time
find_inbox    from the inbox on the command line to the folders that are watched
status        the status of an inbox
retry_file    drop a finished file again
logs          what happens, as JSON lines
remote, notify, metrics   inboxes elsewhere; messages to people; numbers for Prometheus
"""
