"""Tokens: a ready one, or from IMS by client credentials; one renewal for all workers at once.

Source: POST to the token endpoint, form body, `grant_type=client_credentials`; the reply has
`access_token` and `expires_in` in seconds. There is no refresh token: a new one is asked for.
"""

import re
import time
from collections.abc import Callable
from typing import Final, NoReturn

import anyio
import httpx

from loader.api.error_body import parse, retry_after, words
from loader.api.target import ApiSettings
from loader.errors import AuthError, TargetError
from loader.redaction import remember

_EARLY_SECONDS: Final = 60.0  # a token is renewed before it expires
_SHORTEST_SECONDS: Final = 30.0  # a token that claims to last less is used so long all the same
_USUAL_SECONDS: Final = 3600.0
_TRIES: Final = 4
_LONGEST_WAIT_SECONDS: Final = 60.0
_IN_A_HEADER: Final = re.compile(r"[\x21-\x7e]+")
_REFUSALS: Final = frozenset({400, 401, 403})


class Tokens:
    """The token of a run. `http` reaches the token endpoint."""

    def __init__(
        self,
        settings: ApiSettings,
        http: httpx.AsyncClient,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._settings = settings
        self._http = http
        self._clock = clock
        self._lock = anyio.Lock()
        ready = settings.access_token
        self._ready = ready is not None
        self._token = ready.get_secret_value() if ready is not None else ""
        self._renew_at = float("inf") if self._ready else 0.0
        self._failures = 0
        self._failure: AuthError | TargetError | None = None
        secret = settings.client_secret
        for known in (self._token, secret.get_secret_value() if secret is not None else ""):
            remember(known)

    def __repr__(self) -> str:
        return "Tokens(***)"

    async def current(self) -> str:
        """Return a token that has not expired. Raises `AuthError` or `TargetError`."""
        if self._clock() < self._renew_at:
            return self._token
        failures = self._failures
        async with self._lock:
            if self._clock() >= self._renew_at:
                await self._renew(unless_failed_since=failures)
            return self._token

    async def renewed(self, refused: str) -> str:
        """Return another token than the `refused` one; the first who asks renews it for all."""
        failures = self._failures
        async with self._lock:
            if self._token == refused:
                if self._ready:
                    raise AuthError(
                        "the API refuses the token of LOADER_ACCESS_TOKEN: it has expired, or is"
                        " for another organisation; get a new one, then run the same command again"
                    )
                await self._renew(unless_failed_since=failures)
            return self._token

    async def _renew(self, *, unless_failed_since: int) -> None:
        """Renew, or fail as the renewal failed for which the caller waited."""
        if self._failure is not None and self._failures != unless_failed_since:
            raise type(self._failure)(str(self._failure))
        try:
            await self._replace()
        except (AuthError, TargetError) as error:
            self._failures, self._failure = self._failures + 1, error
            raise
        self._failure = None

    async def _replace(self) -> None:
        reply = await self._ask()
        document = parse(reply.content)
        token = document.get("access_token") if isinstance(document, dict) else None
        if reply.status_code != 200:
            self._refuse(reply)
        if not isinstance(document, dict) or not isinstance(token, str) or not token:
            raise TargetError(  # without its words: they may hold a token
                f"the reply of {self._settings.ims_url} holds no token: check LOADER_IMS_URL, or"
                " whether a proxy or a sign-in page answers in its place"
            )
        remember(token)
        if not _IN_A_HEADER.fullmatch(token):
            raise AuthError(
                f"the token from {self._settings.ims_url} holds a blank, a control or a non-ASCII"
                " character, so that no request can carry it: check LOADER_IMS_URL"
            )
        seconds = document.get("expires_in")
        lasts = _USUAL_SECONDS
        if isinstance(seconds, int | float) and not isinstance(seconds, bool):
            lasts = float(seconds)
        self._token = token
        self._renew_at = self._clock() + max(lasts - _EARLY_SECONDS, lasts / 2, _SHORTEST_SECONDS)

    async def _ask(self) -> httpx.Response:
        secret = self._settings.client_secret
        form = {
            "grant_type": "client_credentials",
            "client_id": self._settings.client_id,
            "client_secret": secret.get_secret_value() if secret is not None else "",
            "scope": self._settings.scopes,
        }
        for attempt in range(1, _TRIES + 1):
            wait = 0.25 * 2**attempt
            try:
                reply = await self._http.post(self._settings.ims_url, data=form)
            except httpx.HTTPError as error:
                if attempt == _TRIES:
                    raise TargetError(
                        f"the token endpoint {self._settings.ims_url} cannot be reached"
                        f" ({error}): check the network and LOADER_IMS_URL"
                    ) from None
            else:
                if reply.status_code < 500 and reply.status_code != 429:
                    return reply
                asked = retry_after(reply.headers, now=time.time()) or 0.0
                if attempt == _TRIES or asked > _LONGEST_WAIT_SECONDS:
                    return reply
                wait = max(wait, asked)
            await anyio.sleep(wait)
        raise AssertionError("the last try returns or raises")

    def _refuse(self, reply: httpx.Response) -> NoReturn:
        said = f"HTTP {reply.status_code} {words(reply.content)}".strip()
        if reply.status_code in _REFUSALS:
            raise AuthError(
                f"the token endpoint refuses the credential ({said}): check LOADER_CLIENT_ID,"
                " LOADER_CLIENT_SECRET and LOADER_SCOPES"
            )
        asked = retry_after(reply.headers, now=time.time())
        if asked:
            said += f"; it asks to wait {asked:,.0f} seconds"
        raise TargetError(
            f"no token could be had from {self._settings.ims_url} ({said}): check LOADER_IMS_URL,"
            " or try again later"
        )
