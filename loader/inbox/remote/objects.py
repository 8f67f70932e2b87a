"""Buckets and whatever else fsspec reaches, as a place where nothing can be renamed.

Nothing is remembered between two listings. A file is removed only if it is still the same: S3
compares by itself, elsewhere we look just before. Credentials come from where each library takes
them (for S3: AWS_ variables, profiles, roles).
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from loader.api.error_body import one_line
from loader.errors import SettingsError
from loader.inbox.remote import store
from loader.inbox.remote.address import RemoteAddress
from loader.inbox.remote.store import Entry, Kind, Listing, Network, listing, too_much
from loader.proxy import proxies_by_scheme

try:
    import fsspec
    from fsspec.callbacks import Callback
except ImportError as error:
    raise SettingsError(
        "inboxes in buckets need the extra [s3]: pip install 'fallback-offer-loader[s3]'"
    ) from error

_S3: Final = ("s3", "s3a")
_S3_CONFIG: Final[Mapping[str, Any]] = {  # Any: what s3fs takes
    "connect_timeout": 20,
    "read_timeout": 60,
    "retries": {"max_attempts": 3},
}
_S3_ENDPOINTS: Final = ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL")
_LISTING_SECONDS: Final = 300.0
_BY_VARIABLES: Final = Network()
_BAD_CERTIFICATE: Final = "CERTIFICATE_VERIFY_FAILED"
_UNTRUSTED: Final = ". Name the authority of its certificate with ca_file (LOADER_CA_FILE)"
_NO_CREDENTIALS: Final = ("NoCredentialsError", "PartialCredentialsError", "ProfileNotFound")
_TIMES: Final = ("LastModified", "mtime", "last_modified", "updated", "created")
_LAST_SECOND: Final = 253_402_300_799.0  # of the year 9999
_TAGS: Final = ("ETag", "etag", "md5Hash", "content_md5", "checksum")


class ObjectStore:
    """One inbox that fsspec reaches."""

    def __init__(self, address: RemoteAddress, *, network: Network = _BY_VARIABLES) -> None:
        self._address = address
        self._is_s3 = address.scheme in _S3
        try:
            self._files: Any = fsspec.filesystem(  # Any: fsspec is not typed
                address.scheme,
                use_listings_cache=False,
                **(_s3_options(network) if self._is_s3 else {}),
            )
        except (ImportError, ValueError) as error:
            advice = ": pip install 'fallback-offer-loader[s3]'" if self._is_s3 else ""
            raise SettingsError(f"inbox {address}: {error}{advice}") from error
        stripped = self._files._strip_protocol(str(address))  # noqa: SLF001 - fsspec's own way
        self._root = str(stripped).rstrip("/")

    def address(self, path: str) -> str:
        """Write it as an address."""
        return f"{self._address}/{path}" if path else str(self._address)

    def listing(self, folder: str) -> Listing:
        """List a folder; a bucket has none, so one without files is empty."""
        there = self._remote_path(folder)
        with self._in_words():
            self._files.invalidate_cache()
            try:
                found = self._listed(there)
            except FileNotFoundError:
                self._check_bucket()
                return Listing()
            itself = {there.strip("/"), ""}
            listed = (
                _entry(info, folder=there)
                for info in found
                if str(info["name"]).strip("/") not in itself
            )
            return listing(listed, address=self.address(folder))

    def _listed(self, there: str) -> Sequence[Mapping[str, Any]]:  # Any: as above
        """List a folder; S3 page by page, because a server may send pages without end."""
        if not self._is_s3:
            found: Sequence[Mapping[str, Any]] = self._files.ls(there, detail=True)
            return found
        from botocore.exceptions import ClientError  # noqa: PLC0415 - only where a bucket is used
        from fsspec.asyn import sync  # noqa: PLC0415 - as above
        from s3fs.errors import translate_boto_error  # noqa: PLC0415 - as above

        bucket, _, key = there.partition("/")

        async def pages() -> list[Mapping[str, Any]]:
            listed = []
            async for info in self._files._iterdir(bucket, prefix=f"{key}/" if key else ""):  # noqa: SLF001 - `ls` has no limit
                listed.append(info)
                if len(listed) > store.MOST_LISTED:
                    break
            return listed

        try:
            in_time: list[Mapping[str, Any]] = sync(
                self._files.loop, pages, timeout=_LISTING_SECONDS
            )
        except ClientError as error:
            raise translate_boto_error(error) from None
        return in_time

    def entry(self, path: str) -> Entry | None:
        """Ask about one file."""
        with self._in_words():
            self._files.invalidate_cache()
            try:
                there = self._remote_path(path)
                return _entry(self._files.info(there), folder=there.rpartition("/")[0])
            except FileNotFoundError:
                return None

    def get(self, path: str, to: Path, *, most_bytes: int) -> None:
        """Copy it here."""
        to.open("xb").close()
        count = _Count(address=self.address(path), most_bytes=most_bytes)
        with self._in_words():
            self._files.get_file(self._remote_path(path), str(to), callback=count)

    def put(self, source: Path, path: str) -> None:
        """Copy it there."""
        with self._in_words():
            self._files.put_file(str(source), self._remote_path(path))

    def remove(self, path: str, *, identity: str) -> None:
        """Remove it, if it is still the same."""
        found = self.entry(path)
        if found is None or found.identity != identity:
            return
        with self._in_words():
            if self._is_s3:
                self._remove_if_match(path, tag=identity.partition(" ")[0])
            else:
                self._files.rm_file(self._remote_path(path))

    def close(self) -> None:
        """The library keeps its connections."""

    def _remove_if_match(self, path: str, *, tag: str) -> None:
        """Remove an object only if it has that tag; S3 answers 412 where it was replaced since."""
        bucket, _, key = self._remote_path(path).partition("/")
        try:
            self._files.call_s3("delete_object", Bucket=bucket, Key=key, IfMatch=tag)
        except OSError as error:
            cause = error.__cause__
            code = getattr(cause, "response", {}).get("Error", {}).get("Code", "")
            if code == "NotImplemented":  # a server that cannot compare
                self._files.rm_file(self._remote_path(path))
            elif code not in ("PreconditionFailed", "412", "NoSuchKey", "404"):
                raise

    def _check_bucket(self) -> None:
        """Raise where not even the bucket is there: that is a mistake, not an empty folder."""
        bucket = self._root.partition("/")[0]
        if self._is_s3 and not self._files.exists(bucket):
            raise FileNotFoundError(f"there is no bucket {bucket}, or it may not be seen")

    def _remote_path(self, path: str) -> str:
        return f"{self._root}/{path}" if path else self._root

    @contextmanager
    def _in_words(self) -> Iterator[None]:
        """Let what goes wrong out as OSError or SettingsError, with the address."""
        try:
            yield
        except FileNotFoundError as error:
            raise FileNotFoundError(f"{self._address}: {one_line(str(error))}") from None
        except OSError as error:
            said = one_line(error.strerror or str(error))
            kind = type(error)
            if kind.__module__ != "builtins":  # a library's own may take other arguments
                kind, said = ConnectionError, f"{kind.__name__}: {said}{_hint(error)}"
            raise kind(f"{self._address}: {said}") from None
        except Exception as error:  # noqa: BLE001 - each library has errors of its own
            name = type(error).__name__
            if name in _NO_CREDENTIALS:
                raise SettingsError(
                    f"inbox {self._address}: {one_line(str(error))}. Set AWS_ACCESS_KEY_ID and"
                    " AWS_SECRET_ACCESS_KEY, or AWS_PROFILE"
                ) from None
            said = f"{name}: {one_line(str(error))}{_hint(error)}"
            raise ConnectionError(f"{self._address} cannot be used: {said}") from None


def _hint(error: Exception) -> str:
    return _UNTRUSTED if _BAD_CERTIFICATE in str(error) else ""


def _s3_options(network: Network) -> dict[str, Any]:  # Any: as above
    config = dict(_S3_CONFIG)
    if network.proxy_for is not None:
        named = (os.environ.get(name) for name in _S3_ENDPOINTS)
        endpoint = next(filter(None, named), "https://s3.amazonaws.com")
        config["proxies"] = proxies_by_scheme(network.proxy_for(endpoint))
    verify = {"verify": network.ca_file} if network.ca_file else {}
    return {"config_kwargs": config, "client_kwargs": verify}


class _Count(Callback):  # type: ignore[misc]  # fsspec is not typed
    """Counts the bytes that come, and ends a copy that is longer than was announced."""

    def __init__(self, *, address: str, most_bytes: int) -> None:
        super().__init__()
        self._address, self._most_bytes = address, most_bytes

    def relative_update(self, inc: int = 1) -> None:
        """Take in that so many more came."""
        super().relative_update(inc)
        if self.value > self._most_bytes:
            raise too_much(self._address, self._most_bytes)


def _entry(info: Mapping[str, Any], *, folder: str) -> Entry:  # Any: what the library says of it
    """Read what is said of a file; one outside of the folder asked for is named as a path."""
    path, start = str(info["name"]).strip("/"), folder.strip("/") + "/"
    kind = {"file": Kind.FILE, "directory": Kind.FOLDER}.get(str(info.get("type")), Kind.OTHER)
    modified = _seconds(_first(info, _TIMES))
    size = int(info.get("size") or 0)
    tag = _first(info, _TAGS) or size
    return Entry(
        name=path.removeprefix(start) if path.startswith(start) else f"/{path}",
        kind=kind,
        size_bytes=size,
        modified_at=modified,
        identity=f"{tag} {size} {int(modified)}",  # a listing may tell less than a second, or more
    )


def _first(info: Mapping[str, Any], names: Sequence[str]) -> object:  # Any: as above
    return next((info[name] for name in names if info.get(name)), "")


def _seconds(modified: object) -> float:
    match modified:
        case datetime():
            return modified.timestamp()
        case int() | float() if 0 <= modified <= _LAST_SECOND:
            return float(modified)
        case str() if modified:
            try:
                return datetime.fromisoformat(modified).timestamp()
            except ValueError:
                return 0.0
        case _:
            return 0.0
