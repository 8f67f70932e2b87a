"""The inbox: a folder that files are dropped into, loaded one by one, and reported on.

values     what the inbox knows and says: candidates, claims, what became of a dropped file
events     what happens in an inbox: notifications, metrics, logs and the terminal listen
folder     what a place for drops must be able to do; the local folder is one, a bucket another
local      the local folder: every move is a rename
leases     whether someone has a file open for writing
names      which names are taken
looks      when a file is whole
ledger     every claim and what became of it (ledger_file: where it is kept)
judging    from how a load ended to what becomes of the file
loading    one claimed file, from its claim to its place
watcher    the loop over the folders
wake       what wakes the loop
lock       one watcher at a time
opening    from the inbox on the command line to the folders that are watched
status     the status of an inbox
retrying   drop a finished file again
"""
