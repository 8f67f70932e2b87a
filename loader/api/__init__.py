"""The Offer Library over HTTP: the only folder that knows URLs, headers and media types.

What a reply means for its row is an `Outcome`, which keeps the status of the reply.

Reading order: `target` (which API, and the credentials), `transport` (one exchange, with the proof
of "not sent"), `outcome` (the table: what each exchange means for its row), `update_outcome` and
`delete_outcome` (where that takes further reads), `dps` and `xcore` (the two dialects as pure
request and reply shapes), `tokens`, `reader` (reads, and lists page by page), `client` (all of it
behind one class).
"""
