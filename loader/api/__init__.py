"""The Offer Library over HTTP: the only folder that knows URLs, headers, media types and statuses.

Reading order: `target` (what we talk to), `transport` (one exchange, with the proof of "not
sent"), `outcome` (the table: what each exchange taught us; `update_outcome` and `delete_outcome`
where a change has more to it), `dps` and `xcore` (the two dialects as pure request and reply
shapes), `tokens`, `reader` (reads, and lists page by page), `client` (all of it behind one class).
"""
