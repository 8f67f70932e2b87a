"""Delivery by others: clients in Python, the floor in C, and what people use today."""

# ruff: noqa: PLC0415 - each imports only what it measures

import csv
import json
import re
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.delivery import body, send_all
from benchmarks.watch import Watch, program

HEADERS = {  # all that the API demands
    "Content-Type": "application/json",
    "Authorization": "Bearer token-of-the-bench",
    "x-api-key": "bench",
    "x-gw-ims-org-id": "BENCH@AdobeOrg",
    "x-sandbox-name": "bench",
}


def aiohttp_bare(watch: Watch, address: str, count: str, in_flight: str) -> None:
    """What one writes by hand: any failure ends it, and the ids of what was made are kept.

    It proves nothing about a request without a reply, and its requests have no ids.
    """
    import aiohttp
    import anyio

    made: list[str] = []

    async def work() -> None:
        async with aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=int(in_flight)),
            headers=HEADERS,
            raise_for_status=True,
        ) as session:

            async def send(each: bytes) -> None:
                async with session.post(f"{address}/offers", data=each) as reply:
                    made.append((await reply.json())["id"])

            await send_all(watch, send, count=int(count), in_flight=int(in_flight))

    anyio.run(work)


def httpx_pool(watch: Watch, address: str, count: str, in_flight: str) -> None:
    """One httpx client with its own connection pool: what one writes first."""
    import httpx

    _pooled(watch, httpx, address, int(count), int(in_flight))


def httpx2_pool(watch: Watch, address: str, count: str, in_flight: str) -> None:
    """The same with its continuation."""
    import httpx2

    _pooled(watch, httpx2, address, int(count), int(in_flight))


def _pooled(watch: Watch, library: Any, address: str, count: int, in_flight: int) -> None:
    import anyio

    async def work() -> None:
        limits = library.Limits(max_connections=in_flight)
        async with library.AsyncClient(limits=limits, headers=HEADERS) as client:

            async def send(each: bytes) -> None:
                (await client.post(f"{address}/offers", content=each)).json()

            await send_all(watch, send, count=count, in_flight=in_flight)

    anyio.run(work)


def wrk(watch: Watch, address: str, count: str, in_flight: str) -> None:
    """The floor: C. It runs for some seconds; the cost is taken for `count` of its requests."""
    name = program("wrk")
    with TemporaryDirectory() as folder:
        script = Path(folder, "post.lua")
        headers = "".join(f'wrk.headers["{k}"]="{v}"\n' for k, v in HEADERS.items())
        script.write_text(f"wrk.method='POST'\nwrk.body=[[{body(1).decode()}]]\n{headers}")
        words = [name, "-t1", f"-c{in_flight}", "-d3s", "-s", str(script), f"{address}/offers"]
        with watch:
            told = _run(words)
    found = re.search(r"(\d+) requests in", told)
    assert found, told
    watch.cpu *= int(count) / int(found[1])


def h2load(watch: Watch, address: str, count: str, in_flight: str) -> None:
    """The floor, another one."""
    name = program("h2load")
    with TemporaryDirectory() as folder:
        data = Path(folder, "body.json")
        data.write_bytes(body(1))
        words = [name, "--h1", f"-n{count}", f"-c{in_flight}", "-t1", "-d", str(data)]
        words += [each for k, v in HEADERS.items() for each in ("-H", f"{k}: {v}")]
        with watch:
            _run([*words, f"{address}/offers"])


def xargs_curl(watch: Watch, address: str, count: str, in_flight: str) -> None:
    """A shell script that somebody wrote: one curl for each row."""
    curl = [program("curl"), "--silent", "--show-error", "--output", "/dev/null"]
    curl += [each for k, v in HEADERS.items() for each in ("--header", f"{k}: {v}")]
    curl += ["--data", body(1).decode().replace("0000001", "{}"), f"{address}/offers"]
    words = [program("xargs"), f"-P{in_flight}", "-I{}", *curl]
    with watch:
        _run(words, input_text="\n".join(map(str, range(int(count)))))


def newman(watch: Watch, address: str, count: str, in_flight: str) -> None:  # noqa: ARG001 - one at a time is all it can
    """Postman's runner with a data file in CSV: what people use today. One request at a time."""
    name = program("newman")
    request = {
        "method": "POST",
        "url": f"{address}/offers",
        "header": [{"key": k, "value": v} for k, v in HEADERS.items()],
        "body": {"mode": "raw", "raw": '{"name":"{{name}}","content":"{{content}}"}'},
    }
    schema = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"
    collection = {"info": {"name": "offers", "schema": schema}, "item": [{"request": request}]}
    with TemporaryDirectory() as folder:
        plan, data = Path(folder, "offers.json"), Path(folder, "rows.csv")
        plan.write_text(json.dumps(collection))
        with data.open("w", newline="") as file:
            rows = ((f"Offer {number}", "x" * 666) for number in range(int(count)))
            csv.writer(file).writerows([("name", "content"), *rows])
        with watch:
            _run([name, "run", str(plan), "--iteration-data", str(data), "--silent"])


def _run(words: list[str], *, input_text: str | None = None) -> str:
    ran = subprocess.run(words, input=input_text, check=True, capture_output=True, text=True)
    return ran.stdout
