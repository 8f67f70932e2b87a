"""Spoil what comes from outside and look how the loader takes it: `make fuzz`.

    python -m tests.fuzz [files|replies|mappings ...]
    --seconds N   how long each target           --seed N   which cases (random, and shown)
    --keep DIR    where finds are kept (fuzz-finds)
    --replay N    only case N of the seed

Ends with 1 where something was found.
"""

import argparse
import random
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

from tests.fuzz.campaign import Campaign, run
from tests.fuzz.target import Target

TARGETS = {"files": "Files", "replies": "Replies", "mappings": "Mappings"}


def opened(name: str) -> Target:
    """Return a target."""
    make: Callable[[], Target] = getattr(import_module(f"tests.fuzz.{name}"), TARGETS[name])
    return make()


def main() -> int:
    """Run the campaigns and say what they tried."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz")
    parser.add_argument("targets", nargs="*", choices=[[], *TARGETS])
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    parser.add_argument("--keep", type=Path, default=Path("fuzz-finds"))
    parser.add_argument("--replay", type=int)
    given = parser.parse_args()
    finds = 0
    for name in given.targets or TARGETS:
        print(f"{name}: seed {given.seed}, {given.seconds:g} seconds", flush=True)
        target = opened(name)
        campaign = Campaign(name, target, seed=given.seed, keep=given.keep)
        try:
            if given.replay is None:
                run(campaign, seconds=given.seconds)
            else:
                print(campaign.replay(given.replay) or f"as it should be: {dict(campaign.ends)}")
        finally:
            target.close()
        finds += campaign.finds
    return 1 if finds else 0


if __name__ == "__main__":
    sys.exit(main())
