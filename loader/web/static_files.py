"""The fixed files of the pages: style, scripts, icon. They are in memory: no path is opened."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from pathlib import PurePath
from types import MappingProxyType
from typing import Final

from aiohttp import web

from loader.web.rendering import Refused

_TYPES: Final[Mapping[str, str]] = MappingProxyType(
    {
        ".css": "text/css",
        ".js": "text/javascript",
        ".svg": "image/svg+xml",
    }
)


@cache
def _files() -> Mapping[str, bytes]:
    found = files("loader.web").joinpath("static").iterdir()
    return {each.name: each.read_bytes() for each in found if PurePath(each.name).suffix in _TYPES}


async def fixed_file(request: web.Request) -> web.Response:
    """Give one of the files."""
    name = request.match_info["name"]
    if name not in _files():
        raise Refused("not-here", status=404)
    return fixed(name)


def fixed(name: str) -> web.Response:
    """Give one of the files that are known to be there."""
    content = _files()[name]
    return web.Response(body=content, content_type=_TYPES[PurePath(name).suffix], charset="utf-8")


ROUTES: Final = (web.get("/static/{name}", fixed_file),)
