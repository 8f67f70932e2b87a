"""How a page is made: escaped templates, links with the secret path, errors in words."""

import asyncio
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache, partial
from types import MappingProxyType
from typing import Any, Final

import orjson
from aiohttp import web
from jinja2 import Environment, PackageLoader, StrictUndefined

from loader.errors import LoaderError
from loader.redaction import SECRETS
from loader.settings import Settings
from loader.web.app_state import PREFIX, STATE
from loader.web.page_words import may_say, say, script_words, sentence
from loader.web.plain_messages import without_commands, without_commands_in
from loader.web.ticket import Session

SESSION: Final = web.RequestKey("session", Session)
_REFUSES_STYLE: Final = frozenset({"host", "proxy"})  # refusals whose style is refused, too
_BODY_SECONDS: Final = 60.0


def render(
    request: web.Request,
    template: str,
    *,
    status: int = 200,
    values: Mapping[str, Any] = MappingProxyType({}),
    **more: Any,
) -> web.Response:
    """Make a page from a template of `templates/`."""
    state, session = request.app[STATE], session_of(request)
    page = _environment().get_template(template)
    text = page.render(
        url=partial(url, request),
        target=state.target,
        person=session.person,
        token=session.token,
        path=request.path.removeprefix(request.app[PREFIX]),
        script_words=json.dumps(script_words(template.removesuffix(".html")), ensure_ascii=False),
        **values,
        **more,
    )
    return web.Response(text=text, content_type="text/html", status=status)


def url(request: web.Request, path: str) -> str:
    """Return the address of a page: the path with the secret one before it."""
    return request.app[PREFIX] + path


def see_other(request: web.Request, path: str) -> web.Response:
    """Send the browser to another page, after a form."""
    return web.Response(status=303, headers={"Location": url(request, path)})


def session_of(request: web.Request) -> Session:
    """Return the session that the guard found."""
    return request[SESSION]


def settings_of_user(request: web.Request) -> Settings:
    """Return the settings for a use case, in the name of the person who asks."""
    return request.app[STATE].settings


def as_json(value: Any, *, status: int = 200) -> web.Response:
    """Return a JSON response."""
    return web.Response(body=json_of(value), content_type="application/json", status=status)


def json_of(value: Any) -> bytes:
    """Return a value as JSON, whose messages name no command."""
    return orjson.dumps(without_commands_in(orjson.loads(orjson.dumps(value, default=str))))


async def body(request: web.Request) -> dict[str, Any]:
    """Return the JSON object in the body of a request, bounded in size and time."""
    try:
        async with asyncio.timeout(_BODY_SECONDS):
            value = json.loads(await request.text())
    except (ValueError, RecursionError, TimeoutError):
        value = None
    if not isinstance(value, dict):
        raise Refused("bad-request", status=400)
    return value


class Refused(Exception):
    """A request cannot be fulfilled; `name` is in [problem] of page_words.toml."""

    def __init__(self, name: str, *, status: int = 409, **values: object) -> None:
        super().__init__(name)
        self.name = name
        self.status = status
        self.values = values


def problem(
    request: web.Request,
    name: str,
    *,
    status: int,
    text: str = "",
    detail: str = "",
    code: str = "",
    values: Mapping[str, object] = MappingProxyType({}),
) -> web.Response:
    """Return the response that says what is wrong: JSON for a script, a page for a person.

    `detail` is for a colleague who runs the loader.
    """
    title = say(f"problem.{name}.title", **values)
    text = text or say(f"problem.{name}.text", **values)
    if wants_json(request):
        return as_json(
            {"title": title, "message": text, "detail": detail, "code": code or name}, status=status
        )
    shown: dict[str, str] = {"title": title, "text": text, "detail": detail, "code": code}
    if SESSION in request:
        return render(request, "problem.html", status=status, values=shown)
    has_style = name not in _REFUSES_STYLE
    page = _environment().get_template("bare.html").render(**shown, has_style=has_style)
    return web.Response(text=page, content_type="text/html", status=status)


def loader_problem(request: web.Request, error: LoaderError) -> web.Response:
    """Return the response to an error of a use case, in the page's own words if it has some."""
    name = error.code if may_say(f"problem.{error.code}.title") else "loader"
    text = SECRETS.hide(str(error))
    own = may_say(f"problem.{name}.text")
    return problem(
        request,
        name,
        status=404 if error.code == "no-such-run" else 409,
        text=own or sentence(without_commands(text)),
        detail=text if own else "",
        code=error.code,
    )


def wants_json(request: web.Request) -> bool:
    """Whether a script asks, not a person."""
    return "application/json" in request.headers.get("Accept", "")


def moment(seconds: float | None) -> str:
    """Return UTC seconds as the text of a <time>; the script shows it in the person's zone."""
    if seconds is None:
        return ""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M UTC")


def stamp(seconds: float | None) -> str:
    """Return UTC seconds as a program reads them."""
    return "" if seconds is None else datetime.fromtimestamp(seconds, UTC).isoformat()


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("loader.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals |= {"say": say, "may_say": may_say}
    environment.filters |= {
        "moment": moment,
        "stamp": stamp,
        "plain": without_commands,
        "sentence": sentence,
        "number": lambda value: f"{value:,}",
    }
    return environment
