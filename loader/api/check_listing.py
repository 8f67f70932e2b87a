"""Whether the pages of a list are the documented list, whole and consistent.

A list is evidence of what is there and, when it is whole, of what is not. So a reply of another
shape is an error, never an empty list. The documented page has `results`, `count` and `total`
(Offer Library API: in DPS at the top, in XCORE in `_embedded`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeGuard
from urllib.parse import quote

from yarl import URL

from loader.api.error_body import one_line
from loader.errors import TargetError
from loader.redaction import SECRETS

_FIT_FOR_A_REQUEST: Final = "".join(map(chr, range(0x21, 0x7F)))
_MOST_EMPTY_PAGES: Final = 3  # in a row, each with a next one
_SPARE_PAGES: Final = 100  # beyond twice what the first page lets expect
_SPARE_ITEMS: Final = 10_000  # that others may create while we read: the limit of a sandbox


@dataclass(slots=True, kw_only=True)
class ListingCheck:
    """Checks the pages of one list in turn. `where` names the list in messages."""

    where: str
    _seen: int = 0
    _first_total: int | None = None
    _total: int = 0
    _empty: int = 0
    _pages: int = 0
    _most_pages: int = 0  # as the first page with items lets expect; 0 before it
    _hashes: set[int] = field(default_factory=set)  # of the ids

    def check_page(self, document: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        """Return the items of a page. Raises `TargetError` where it is not the documented list."""
        inside = document.get("_embedded", document)
        if not isinstance(inside, Mapping):
            raise self._error("`_embedded` is no object")
        items, total = inside.get("results"), inside.get("total")
        if not isinstance(items, list):
            raise self._error("it has no `results`")
        if not all(isinstance(item, Mapping) for item in items):
            raise self._error("an item of `results` is no object")
        if not _is_count(total):
            raise self._error("`total` is no number")
        if "count" in inside and inside["count"] != len(items):
            raise self._error(f"`count` is {inside['count']!r}, but it has {len(items)} results")
        self._count(len(items), total)
        return items

    def item_error(self, why: str) -> TargetError:
        """Return the error of an item that lacks what every item has."""
        return self._error(f"an item of `results` {why}")

    def add_id(self, remote_id: str) -> None:
        """Add an id. Raises `TargetError` where it was listed before: a page came twice."""
        if hash(remote_id) in self._hashes:
            raise self._error(f"it lists {remote_id} twice")
        self._hashes.add(hash(remote_id))

    def check_complete(self) -> None:
        """Raise `TargetError` where the list was not whole."""
        expected = min(self._first_total or 0, self._total)
        if self._seen < expected:
            raise self._error(f"it says `total` {expected}, but lists {self._seen}")

    def _count(self, items: int, total: int) -> None:
        if self._first_total is None:
            self._first_total = total
        self._total = total
        self._seen += items
        self._empty = 0 if items else self._empty + 1
        if self._empty > _MOST_EMPTY_PAGES:
            raise self._error("page after page is empty, and each leads to another")
        self._pages += 1
        if items and not self._most_pages:
            self._most_pages = self._pages + 2 * (self._first_total // items) + _SPARE_PAGES
        is_over = self._most_pages and self._pages > self._most_pages
        if is_over or self._seen > max(self._first_total, 1) * 2 + _SPARE_ITEMS:
            raise self._error(f"it said `total` {self._first_total}, but goes on without end")

    def _error(self, what: str) -> TargetError:
        what = one_line(what)
        return TargetError(
            f"the API's answer to {self.where} is not the documented list ({what}), so it proves"
            " nothing: try again later, and show the answer to Adobe if it stays so",
            code="not-a-list",
        )


def next_url(href: str, *, current: URL, base: URL) -> URL:
    """Return where a link in a reply leads. Raises `TargetError` for another place than the API.

    Links are documented as paths below the base address ("/offers?start=…"); other servers give
    absolute paths, absolute addresses, or only a query (RFC 3986). A character that cannot be in
    the line of a request, like a blank, is escaped.
    """
    href = href.strip()
    if SECRETS.are_in(href):
        raise TargetError("a link of the API repeats a secret: not followed")
    is_path = href.startswith("/") and not href.startswith("//")
    base_path = base.raw_path.rstrip("/")
    if is_path and not href.startswith(f"{base_path}/"):
        href = base_path + href
    try:
        escaped = quote(href, safe=_FIT_FOR_A_REQUEST, errors="surrogateescape")
        url = current.join(URL(escaped, encoded=True))
        same = url.origin() == base.origin() and url.raw_path.startswith(f"{base_path}/")
        same = same and url.raw_user is None and url.raw_password is None
    except ValueError:
        same = False
    if not same:
        raise TargetError(
            f"a link of the API leads to another place, {one_line(href)[:200]!r}: not followed"
        )
    return url


def _is_count(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0
