"""From checked rows to payloads, in both dialects; and whether an offer of the server is ours.

mapping        the payloads of checked rows
columns        what the rows say, the same for both dialects
json_columns   JSON, a column at a time
dps            the live dialect's names
xcore          the legacy dialect's names, bare or in an envelope
compare        what was sent against what the server has
references     which placements a payload refers to
"""
