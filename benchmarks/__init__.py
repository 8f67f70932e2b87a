"""What the loader costs, against what to reach and against others: `python -m benchmarks`."""
