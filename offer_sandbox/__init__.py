"""A local imitation of the Offer Library: a real HTTP server with its state in SQLite.

    with running_sandbox(SandboxSettings()) as sandbox:
        sandbox.api_url("dps"), sandbox.ims_url, sandbox.client_id …
        sandbox.offers()            # the oracle: every fallback offer that is held
        sandbox.set_faults("reset-after on=create probability=0.1")
        sandbox.edit(offer_id, "name")   # somebody else works here too

It imports nothing of the loader, so that the two can disagree. What the public documentation says
is a constant here; what it leaves open is a setting. A request comes in as a `Call` and goes out as
a `Reply`, both plain values; only `server`, `wire` and `running` know aiohttp.
"""

from offer_sandbox.drawn_settings import random_settings
from offer_sandbox.fault_plan import FaultPlan, everything, lies
from offer_sandbox.faults import (
    Body,
    Coding,
    EchoForm,
    EditKind,
    Effect,
    Fault,
    RetryAfter,
    Route,
    Shape,
    Spelling,
)
from offer_sandbox.running import Sandbox, running_sandbox
from offer_sandbox.settings import SandboxSettings

__all__ = [
    "Body",
    "Coding",
    "EchoForm",
    "EditKind",
    "Effect",
    "Fault",
    "FaultPlan",
    "RetryAfter",
    "Route",
    "Sandbox",
    "SandboxSettings",
    "Shape",
    "Spelling",
    "everything",
    "lies",
    "random_settings",
    "running_sandbox",
]
