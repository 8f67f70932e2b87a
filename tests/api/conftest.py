"""No test of the API here is about how long it waits before it asks again."""

from tests.support.short_waits import shorten_waits

shorten_waits()
