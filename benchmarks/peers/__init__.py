"""What the same costs with something else: each a small function that holds the watch.

Rules of this package: each function imports what it measures, so that one that is missing ends as
"not installed"; what a peer does not do (row numbers, cell addresses, proofs) is not made up for.
"""
