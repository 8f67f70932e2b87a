"""Delivery by the loader's own client: 700-byte bodies, so many requests at once; no journal.

`count` bodies are sent, `in_flight` at a time, by everybody who is compared: the same bodies, ready
as bytes. Each connection has sent one before, so that opening connections is not measured.
"""

from collections.abc import Awaitable, Callable, Iterable

from benchmarks.watch import Watch

Send = Callable[[bytes], Awaitable[None]]


def body(number: int) -> bytes:
    """Return a body of 700 bytes."""
    return b'{"name":"Offer %07d","content":"%s"}' % (number, b"x" * 666)


async def send_all(watch: Watch, send: Send, *, count: int, in_flight: int) -> None:
    """Send `count` bodies, each by the next worker that is free."""
    import anyio  # noqa: PLC0415 - not part of what others cost

    bodies = iter([body(number) for number in range(count)])

    async def worker(some: Iterable[bytes]) -> None:
        for each in some:
            await send(each)

    async with anyio.create_task_group() as group:
        for number in range(in_flight):
            group.start_soon(worker, [body(number)])
    with watch:
        async with anyio.create_task_group() as group:
            for _ in range(in_flight):
                group.start_soon(worker, bodies)


def ours(watch: Watch, address: str, count: str, in_flight: str) -> None:
    """The loader's own client."""
    import anyio  # noqa: PLC0415
    from pydantic import SecretStr  # noqa: PLC0415

    from loader.api.client import open_client  # noqa: PLC0415
    from loader.api.target import ApiSettings  # noqa: PLC0415
    from loader.model import Dialect, OutcomeKind  # noqa: PLC0415
    from loader.offer.entity import FALLBACK_OFFER  # noqa: PLC0415

    settings = ApiSettings(
        dialect=Dialect.DPS,
        api_url=f"{address}/data/core/dps",
        ims_url=f"{address}/ims/token/v3",
        client_id="bench",
        client_secret=SecretStr("the-client-secret-of-the-bench"),
        org_id="BENCH@AdobeOrg",
        sandbox_name="bench",
        scopes="a",
        max_in_flight=int(in_flight),
    )

    made: list[str] = []

    async def work() -> None:
        async with open_client(settings, FALLBACK_OFFER.endpoints) as client:

            async def send(each: bytes) -> None:
                outcome = await client.send(each)
                assert outcome.kind is OutcomeKind.DONE, outcome
                assert outcome.receipt is not None
                made.append(outcome.receipt.instance_id)

            await send_all(watch, send, count=int(count), in_flight=int(in_flight))

    anyio.run(work)
