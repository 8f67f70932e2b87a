"""The use cases: what a door (command line, web page, inbox) can ask for, as plain functions.

A door makes a request (`requests`) and shows the report that comes back (`reports`); `wiring`
chooses the implementation of each port, and `key_in_journal` the key of the target in the journal.
A use case is in the folder named by what a person wants; `reading`, `sending` and `cluster` are
what several of them do.
"""
