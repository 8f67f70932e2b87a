"""The Offer Library over HTTP: the only folder that knows URLs, headers, media types and statuses.

Reading order: `target` (what we talk to), `transport` (one exchange, with the proof of "not
sent"), `outcome` (THE table: what each exchange taught us), `dps` and `xcore` (the two dialects as
pure request and reply shapes), `auth` (tokens), `reading` (side calls), `client` (all of it
behind two small protocols), `doctor` (is everything in order?).
"""
