"""Tokens: a ready one, or from IMS by client credentials; one renewal for all workers at once.

Source: POST to the token endpoint, form body, `grant_type=client_credentials`; the reply has
`access_token` and `expires_in` in seconds. There is no refresh token: a new one is asked for.
"""

import time
from collections.abc import Callable
from typing import Final

import anyio
import httpx

from loader.api.error_body import parse, words
from loader.api.target import ApiSettings
from loader.errors import AuthError, TargetError

_EARLY_SECONDS: Final = 60.0  # a token is renewed before it expires
_USUAL_SECONDS: Final = 3600.0
_TRIES: Final = 4
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

    def __repr__(self) -> str:
        return "Tokens(***)"

    async def current(self) -> str:
        """Return a token that has not expired. Raises `AuthError` or `TargetError`."""
        if self._clock() < self._renew_at:
            return self._token
        async with self._lock:
            if self._clock() >= self._renew_at:
                await self._renew()
            return self._token

    async def renewed(self, refused: str) -> str:
        """Return another token than the `refused` one; the first who asks renews it for all."""
        async with self._lock:
            if self._token == refused:
                if self._ready:
                    raise AuthError(
                        "the API refuses the token of LOADER_ACCESS_TOKEN: it has expired, or is"
                        " for another organisation; get a new one, then run the same command again"
                    )
                await self._renew()
            return self._token

    async def _renew(self) -> None:
        reply = await self._ask()
        document = parse(reply.content)
        token = document.get("access_token") if isinstance(document, dict) else None
        if reply.status_code != 200 or not isinstance(token, str) or not token:
            self._refuse(reply)
        seconds = document.get("expires_in")
        lasts = float(seconds) if isinstance(seconds, int | float) else _USUAL_SECONDS
        self._token = str(token)
        self._renew_at = self._clock() + max(lasts - _EARLY_SECONDS, lasts / 2)

    async def _ask(self) -> httpx.Response:
        secret = self._settings.client_secret
        form = {
            "grant_type": "client_credentials",
            "client_id": self._settings.client_id,
            "client_secret": secret.get_secret_value() if secret is not None else "",
            "scope": self._settings.scopes,
        }
        for attempt in range(1, _TRIES + 1):
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
                if attempt == _TRIES:
                    return reply
            await anyio.sleep(0.25 * 2**attempt)
        raise AssertionError("the last try returns or raises")

    def _refuse(self, reply: httpx.Response) -> None:
        said = f"HTTP {reply.status_code} {words(reply.content)}".strip()
        if reply.status_code in _REFUSALS:
            raise AuthError(
                f"the token endpoint refuses the credential ({said}): check LOADER_CLIENT_ID,"
                " LOADER_CLIENT_SECRET and LOADER_SCOPES"
            )
        raise TargetError(
            f"no token could be had from {self._settings.ims_url} ({said}): check LOADER_IMS_URL,"
            " or try again later"
        )
