"""Requests with a token: those that may be repeated, and lists page by page.

A token goes to the API's own origin only. Reading is repeated while the server is in trouble.
"""

import time
from collections.abc import AsyncIterator, Mapping
from typing import Any, Final

import anyio
from multidict import CIMultiDict
from yarl import URL

from loader.api.check_listing import next_url
from loader.api.departure_hooks import DepartureHooks
from loader.api.dialect import next_href
from loader.api.error_body import (
    intermediary_evidence,
    is_gateway_code,
    is_html,
    one_line,
    parse,
    parse_error,
    retry_after,
)
from loader.api.fault import Fault
from loader.api.outcome import refuses_the_token
from loader.api.replayed_lists import ReplayedLists
from loader.api.reply_body import MAX_PAGE
from loader.api.target import ApiSettings
from loader.api.tokens import Tokens
from loader.api.transport import Reply, Request, Transport
from loader.durations import in_words
from loader.errors import TargetError

RETRIED_STATUSES: Final = frozenset({408, 409, 425, 429, 500, 502, 503, 504})
FIRST_WAIT_SECONDS = 0.2  # before it is asked once more; each wait is twice the one before
_TRIES: Final = 6
_NO_CACHE: Final = {"Cache-Control": "no-cache", "Pragma": "no-cache"}
_LONGEST_WAIT_SECONDS: Final = 30.0  # whatever `Retry-After` asks
_MOST_ASKED_SECONDS: Final = 300.0  # by `Retry-After`; if it asks more, the read fails at once


class Reader:
    """Reads from one target."""

    def __init__(self, settings: ApiSettings, transport: Transport, tokens: Tokens) -> None:
        self._settings = settings
        self.transport = transport
        self.tokens = tokens
        self.base = URL(settings.base_url, encoded=True)
        self._replayed = ReplayedLists()

    async def documents(
        self, url: URL, headers: Mapping[str, str], *, may_fail: frozenset[int] = frozenset()
    ) -> AsyncIterator[Mapping[str, Any] | None]:
        """Yield each page as it is, following the links to the next."""
        mark, steps, until = url, 0, 1  # Brent's algorithm: finds a loop of any length
        while True:
            document = await self.read(url, headers=headers, may_fail=may_fail, is_list=True)
            yield document
            href = next_href(document or {})
            if not href:
                return
            url = next_url(href, current=url, base=self.base)
            if url == mark:
                raise TargetError(
                    "the API's list leads back to a page already read: report it",
                    code="not-a-list",
                )
            steps += 1
            if steps == until:
                mark, steps, until = url, 0, 2 * until

    async def read(
        self,
        url: URL,
        *,
        headers: Mapping[str, str],
        may_fail: frozenset[int] = frozenset(),
        is_list: bool = False,
    ) -> Mapping[str, Any] | None:
        """GET a JSON object, and again while the server is in trouble. Raises `TargetError`.

        None is a status that `may_fail`.
        """
        why = ""
        for attempt in range(1, _TRIES + 1):
            reply = await self.exchange("GET", url, headers)
            document = parse(reply.body) if reply.whole else None
            if seconds := _cached_seconds(reply):
                raise _kept_by_cache(seconds, by="Age")
            if is_list and (seconds := self._replayed_seconds(url, reply)):
                raise _kept_by_cache(seconds, by="Date")
            if reply.status == 200 and isinstance(document, Mapping):
                return document
            if reply.status in may_fail and not _is_from_intermediary(reply):
                return None
            why = _why(reply)
            if reply.fault is Fault.PROXY_REFUSED:
                break
            if (
                reply.status is not None
                and reply.status != 200
                and reply.status not in RETRIED_STATUSES
            ):
                break
            asked = retry_after(reply.headers, now=time.time()) or 0.0
            if asked > _MOST_ASKED_SECONDS:
                why += (
                    f"; it asks not to come back before {in_words(asked)} have passed (Retry-After)"
                )
                break
            if attempt < _TRIES:
                wait = asked or FIRST_WAIT_SECONDS * 2 ** (attempt - 1)
                await anyio.sleep(min(wait, _LONGEST_WAIT_SECONDS))
        raise TargetError(
            f"the API at {self._settings.base_url} cannot be read ({why}): try `loader doctor`"
        )

    def _replayed_seconds(self, url: URL, reply: Reply) -> int:
        date, now = reply.headers.get("Date", ""), time.monotonic()
        asked_at = now - reply.elapsed_seconds
        return self._replayed.seconds_kept(url, date, reply.body, asked_at=asked_at, read_at=now)

    async def exchange(self, method: str, url: URL, headers: Mapping[str, str]) -> Reply:
        """Exchange what may be repeated; with a fresh token where the old one is refused."""
        token = await self.tokens.current()
        headers = {**headers, **_NO_CACHE}
        reply = await self.with_token(method, url, token, headers)
        if refuses_the_token(reply):
            token = await self.tokens.renew_if_stale(token)
            reply = await self.with_token(method, url, token, headers)
        return reply

    async def with_token(
        self,
        method: str,
        url: URL,
        token: str,
        headers: Mapping[str, str],
        hooks: DepartureHooks | None = None,
    ) -> Reply:
        request = Request(method=method, url=url, headers=self.headers(token, headers))
        return await self.transport.exchange(request, limit=MAX_PAGE, hooks=hooks)

    def url_of(self, path: str) -> URL:
        return URL(self._settings.base_url + path, encoded=True)

    def headers(self, token: str, more: Mapping[str, str]) -> CIMultiDict[str]:
        return CIMultiDict({"Authorization": f"Bearer {token}", **more})


def _kept_by_cache(seconds: int, *, by: str) -> TargetError:
    return TargetError(
        f"the API's answer is {in_words(seconds)} old (`{by}`): a cache in between keeps it, so it"
        " proves nothing; have that cache pass on what the API answers",
        code="not-a-list",
    )


def _cached_seconds(reply: Reply) -> int:
    """Return for how long a cache has held a reply (`Age`, RFC 9111), 0 for none."""
    age = reply.headers.get("Age", "").strip()
    return int(age) if age.isascii() and age.isdigit() else 0


def _is_from_intermediary(reply: Reply) -> bool:
    """Say whether a status is not the service's own: a web page, or the gateway's "no route"."""
    is_page = is_html(reply.body, reply.headers.get("Content-Type", ""))
    return is_page or (reply.status == 404 and is_gateway_code(parse_error(reply.body).code))


def _why(reply: Reply) -> str:
    if reply.status is None:
        return reply.why or "no reply"
    why = "" if reply.whole else one_line(reply.why)
    error = " ".join(filter(None, (f"HTTP {reply.status}", str(parse_error(reply.body)), why)))
    return "; ".join(
        filter(None, (error, intermediary_evidence(reply.status, reply.headers, reply.body)))
    )
