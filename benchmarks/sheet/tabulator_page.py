"""The page with Tabulator: reads the file by pandas, and gives the browser all rows as JSON.

python -m benchmarks.sheet.tabulator_page FOLDER   the folder with Tabulator's own files
"""

import asyncio
import json
import sys
from pathlib import Path
from typing import Final

import pandas as pd
from aiohttp import web

from benchmarks.sheet.checks import read, wrong

_MOST_BYTES: Final = 200 * 1024**2
_HTML: Final = Path(__file__).with_name("tabulator.html")


async def page(_: web.Request) -> web.Response:
    """Give the page."""
    return web.Response(text=_HTML.read_text("utf-8"), content_type="text/html")


async def rows(request: web.Request) -> web.Response:
    """Read a file, and give all its rows."""
    content = await request.read()
    text = await asyncio.to_thread(_read, content, request.query["name"])
    return web.Response(text=text, content_type="application/json")


def _read(content: bytes, name: str) -> str:
    frame = read(content, name)
    frame["wrong"] = wrong(frame)
    columns = json.dumps([each for each in frame.columns if each != "wrong"])
    count = int(frame["wrong"].sum())
    return f'{{"columns":{columns},"wrong":{count},"rows":{frame.to_json(orient="records")}}}'


async def edits(request: web.Request) -> web.Response:
    """Check one row again."""
    row = await request.json()
    return web.json_response({"wrong": bool(wrong(pd.DataFrame([row])).iloc[0])})


def main() -> None:
    """Serve the page."""
    app = web.Application(client_max_size=_MOST_BYTES)
    app.add_routes([web.get("/", page), web.post("/rows", rows), web.post("/edits", edits)])
    app.router.add_static("/own", Path(sys.argv[1]))
    web.run_app(app, host="127.0.0.1", port=8598, print=None, access_log=None)


if __name__ == "__main__":
    main()
