"""How much of what a server allows is used, on a virtual clock: ours, AIMD and AWS's cubic.

python -m benchmarks.rates      plays the whole grid and writes the section of the page
"""
