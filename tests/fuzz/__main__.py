"""Spoil the files of the corpus, for as long as you like: `make fuzz`, `python -m tests.fuzz`.

    --seconds N   how long                       --seed N   which mutations
    --keep DIR    where files that crash are kept (fuzz-crashes)

Every spoiled file must give rows or one clear refusal. Ends with 1 if one did not.
"""

import argparse
import random
import sys
import time
from pathlib import Path

from tests.fuzz.campaign import Campaign


def main() -> int:
    """Run a campaign and say what it tried."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    parser.add_argument("--keep", type=Path, default=Path("fuzz-crashes"))
    given = parser.parse_args()
    campaign = Campaign(seed=given.seed, keep=given.keep)
    print(f"seed {given.seed}, {given.seconds:g} seconds")
    end = time.monotonic() + given.seconds
    while time.monotonic() < end:
        crash = campaign.step()
        if crash:
            print(f"CRASH {crash}")
    print(campaign.said())
    return 1 if campaign.crashes else 0


if __name__ == "__main__":
    sys.exit(main())
