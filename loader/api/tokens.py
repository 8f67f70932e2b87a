"""Tokens: a ready one, or from IMS by client credentials; one renewal for all workers at once.

A POST to the token endpoint with a form, `grant_type=client_credentials`; the reply has
`access_token` and `expires_in` in seconds. There is no refresh token: a new one is asked for.
"""

import math
import re
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlsplit

import anyio
import httpx

from loader.api.error_body import (
    INTERMEDIARY,
    intermediary_evidence,
    parse,
    parse_error,
    retry_after,
)
from loader.api.outcome import ADVICE
from loader.api.proxy_and_certificate_faults import explain_token_error
from loader.api.reply_body import decode_body
from loader.api.target import ApiSettings
from loader.durations import in_words
from loader.errors import AuthError, TargetError
from loader.redaction import SECRETS

_EARLY_SECONDS: Final = 60.0  # a token is renewed before it expires
_USUAL_SECONDS: Final = 3600.0
_SHORTEST_SECONDS: Final = 30.0  # a token is used so long, whatever the reply says
FIRST_WAIT_SECONDS = 0.5  # before it is asked once more; each wait is twice the one before
_TRIES: Final = 4
_LONGEST_WAIT_SECONDS: Final = 60.0  # that the token endpoint may ask for
_LONGEST_REPLY: Final = 262_144
_LOOK_SECONDS: Final = 0.2
_REFUSALS: Final = frozenset({400, 401, 403})
_RETRIED_STATUSES: Final = frozenset({408, 425, 429})
_SENDABLE: Final = re.compile(r"[\x21-\x7e]+")  # what an HTTP header can hold, without blanks


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answer:
    """What the token endpoint answered; the body may hold secrets."""

    status: int
    headers: httpx.Headers
    body: bytes = field(repr=False)
    problem: str = ""  # why the body cannot be read


class Tokens:
    """The token of a run. `http` reaches the token endpoint; a stop ends every wait."""

    def __init__(
        self,
        settings: ApiSettings,
        http: httpx.AsyncClient,
        *,
        clock: Callable[[], float] = time.monotonic,
        is_stopping: Callable[[], bool] = lambda: False,
    ) -> None:
        self._settings = settings
        self._place = urlsplit(settings.ims_url).netloc
        self._http = http
        self._clock = clock
        self._is_stopping = is_stopping
        self._lock = anyio.Lock()
        self._renewals = 0
        self._failure: TargetError | None = None  # of the last renewal
        ready, secret = settings.access_token, settings.client_secret
        self._ready = ready is not None
        self._token = ready.get_secret_value() if ready is not None else ""
        self._renew_at = math.inf if self._ready else -math.inf
        self.notice = ""  # what is strange about the token, though it can be used
        SECRETS.add_token(self._token)
        SECRETS.add(secret.get_secret_value() if secret is not None else "")
        for proxy in (settings.api_proxy, settings.ims_proxy):
            SECRETS.add(*(proxy.login or ())[1:])

    def __repr__(self) -> str:
        return "Tokens(***)"

    async def current(self) -> str:
        """Return a token that has not expired. Raises `AuthError` or `TargetError`."""
        if self._clock() >= self._renew_at:
            await self._renew_once()
        elif self._ready and not _SENDABLE.fullmatch(self._token):
            raise _unsendable_token("LOADER_ACCESS_TOKEN")
        return self._token

    async def renew_if_stale(self, refused: str) -> str:
        """Return another token than the `refused` one; the first who asks renews it for all."""
        if self._token == refused:
            if self._ready:
                raise AuthError(
                    "the API refuses the token of LOADER_ACCESS_TOKEN: it has expired, or is"
                    " for another organisation; get a new one, then run the same command again"
                )
            await self._renew_once()
        return self._token

    async def _renew_once(self) -> None:
        """Renew the token, or wait for the renewal that is under way and share how it ends."""
        before = self._renewals
        while self._lock.locked() and self._renewals == before:
            self._refuse_when_stopping()
            await anyio.sleep(_LOOK_SECONDS / 4)
        if self._renewals == before:
            async with self._lock:
                await self._renew()
        if self._failure is not None:
            raise type(self._failure)(str(self._failure))

    async def _renew(self) -> None:
        try:
            self._accept(await self._until_stop(self._request_token))
        except TargetError as error:
            self._failure = error
        else:
            self._failure = None
        self._renewals += 1

    def _accept(self, answer: _Answer) -> None:
        document = parse(answer.body)
        token = document.get("access_token") if isinstance(document, dict) else None
        if answer.status != 200 or not isinstance(token, str) or not token:
            raise self._refusal(answer)
        SECRETS.add_token(token)
        if not _SENDABLE.fullmatch(token):
            raise _unsendable_token(f"the token endpoint {self._settings.ims_url}")
        self._token = token
        self._renew_at = self._clock() + self._usable_seconds(document.get("expires_in"))

    def _usable_seconds(self, lifetime: Any) -> float:  # Any: JSON
        """Return how long a token is used; a lifetime that is none is replaced, and reported."""
        is_number = isinstance(lifetime, int | float) and not isinstance(lifetime, bool)
        lasts = float(lifetime) if is_number and math.isfinite(lifetime) else _USUAL_SECONDS
        if lasts <= 0 and not self.notice:
            self.notice = (
                f"the token endpoint says that its token lasts {lasts:g} seconds; a new one is"
                f" asked for every {_SHORTEST_SECONDS:g} seconds, or when the API refuses it"
            )
        return max(lasts - _EARLY_SECONDS, lasts / 2, _SHORTEST_SECONDS)

    async def _request_token(self) -> _Answer:
        """Ask for a token, and again while the endpoint is in trouble."""
        for attempt in range(1, _TRIES + 1):
            wait = FIRST_WAIT_SECONDS * 2.0 ** (attempt - 1)
            try:
                answer = await self._post()
            except (httpx.HTTPError, TimeoutError) as error:
                why, may_pass = explain_token_error(error, self._settings.ims_proxy, self._place)
                if attempt == _TRIES or not may_pass:
                    raise TargetError(
                        f"the token endpoint {self._settings.ims_url} cannot be reached"
                        f" ({why}): check the network and LOADER_IMS_URL"
                    ) from None
            else:
                if answer.status < 500 and answer.status not in _RETRIED_STATUSES:
                    return answer
                asked = retry_after(answer.headers, now=time.time()) or 0.0
                if attempt == _TRIES or asked > _LONGEST_WAIT_SECONDS:
                    return answer
                wait = max(wait, asked)
            await anyio.sleep(wait)
        raise AssertionError("the last try returns or raises")

    async def _post(self) -> _Answer:
        secret = self._settings.client_secret
        form = {
            "grant_type": "client_credentials",
            "client_id": self._settings.client_id,
            "client_secret": secret.get_secret_value() if secret is not None else "",
            "scope": self._settings.scopes,
        }
        body = b""
        with anyio.fail_after(self._settings.request_timeout_seconds):
            async with self._http.stream(
                "POST", self._settings.ims_url, data=form, headers={"Accept-Encoding": "identity"}
            ) as reply:
                async for piece in reply.aiter_raw():
                    body += piece
                    if len(body) > _LONGEST_REPLY:
                        break
        encoding = reply.headers.get("content-encoding", "")
        body, problem = decode_body(body, encoding=encoding, limit=_LONGEST_REPLY)
        return _Answer(status=reply.status_code, headers=reply.headers, body=body, problem=problem)

    async def _until_stop(self, work: Callable[[], Awaitable[_Answer]]) -> _Answer:
        """Do work that a stop cancels: then nothing more is sent, and no token is needed."""
        answer: _Answer | None = None
        failure: TargetError | None = None

        async def watch(scope: anyio.CancelScope) -> None:
            while not self._is_stopping():  # noqa: ASYNC110 - a signal handler sets no event
                await anyio.sleep(_LOOK_SECONDS)
            scope.cancel()

        async with anyio.create_task_group() as group:
            group.start_soon(watch, group.cancel_scope)
            try:
                answer = await work()
            except TargetError as error:
                failure = error
            group.cancel_scope.cancel()
        if failure is not None:
            raise failure
        if answer is None:
            self._refuse_when_stopping()
            raise TargetError("the wait for a token was ended")
        return answer

    def _refuse_when_stopping(self) -> None:
        if self._is_stopping():
            raise TargetError("stopped while a token was asked for; nothing was sent")

    def _refusal(self, answer: _Answer) -> TargetError:
        reason = _describe_answer(answer)
        if answer.status in _REFUSALS and not _intermediary_evidence(answer):
            return AuthError(
                f"the token endpoint refuses the credential ({reason}): check LOADER_CLIENT_ID,"
                " LOADER_CLIENT_SECRET and LOADER_SCOPES"
            )
        return TargetError(
            f"no token could be had from {self._settings.ims_url} ({reason}): check LOADER_IMS_URL,"
            " or try again later"
        )


def _describe_answer(answer: _Answer) -> str:
    """Return what is wrong with an answer. The body of a 200 is not quoted: it may hold a token."""
    if answer.status == 200 and _intermediary_evidence(answer):
        return f"HTTP 200 with a web page: {INTERMEDIARY}"
    if answer.problem:
        return f"HTTP {answer.status}: {answer.problem}"
    if answer.status == 200:
        return "HTTP 200 without the documented access_token"
    asked = retry_after(answer.headers, now=time.time())
    waits = f"it asks to wait {in_words(asked)}" if asked else ""
    hint = ADVICE[511] if answer.status == 511 else _intermediary_evidence(answer)
    error = " ".join((f"HTTP {answer.status}", str(parse_error(answer.body)))).strip()
    return "; ".join(filter(None, (error, waits, hint)))


def _intermediary_evidence(answer: _Answer) -> str:
    return intermediary_evidence(answer.status, answer.headers, answer.body)


def _unsendable_token(whose: str) -> AuthError:
    return AuthError(
        f"the token of {whose} cannot be sent: it holds a blank, a line break or another character"
        " that is not visible ASCII; get a new one"
    )
