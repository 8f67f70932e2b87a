"""A secret's value: given in the environment, or in a file of its own, or in the system keyring.

The strongest layer that gives the secret or its file decides; both in one layer contradict each
other. Messages name where a secret came from, never its value or length.
"""

import os
import stat
from collections.abc import Mapping, Sequence
from pathlib import Path

from loader.journal_address import DatabaseAddress, is_database
from loader.settings.fields import APPLICATION
from loader.settings.layers import Given, Layer
from loader.settings.origin import Origin, OriginKind

LARGEST_SECRET_BYTES = 64 * 1024
OTHERS_OR_GROUP_WRITE = stat.S_IRWXO | stat.S_IWGRP


def secret_layer(name: str, layers: Sequence[Layer]) -> Layer:
    """Give the secret `name` as the strongest layer has it: its value, or that of its file."""
    for layer in layers:
        value, file = layer.values.get(name), layer.values.get(f"{name}_file")
        if value and file:
            problem = f"{name}: {value.origin} and {file.origin} are both set; keep one"
            return Layer(values={}, problems=(problem,))
        if value:
            return Layer(values={name: value})
        if file:
            return _from_file(name, file)
    return Layer(values={})


def keyring_layer(values: Mapping[str, Given]) -> Layer:
    """Give the client secret that the system keyring holds for the client id."""
    client_id = values.get("client_id")
    if client_id is None:
        return Layer(values={}, problems=("keyring: client_id is needed to look the secret up",))
    try:
        import keyring  # noqa: PLC0415 - an extra, and slow to import
        from keyring.errors import KeyringError  # noqa: PLC0415 - as above
    except ImportError:
        advice = f"install {APPLICATION}[keyring]"
        return Layer(values={}, problems=(f"keyring: {advice}, or give the secret another way",))
    try:
        secret = keyring.get_password(APPLICATION, str(client_id.value))
    except KeyringError as error:
        problem = f"keyring: the system keyring cannot be used ({type(error).__name__})"
        return Layer(values={}, problems=(problem,))
    if not secret:
        command = f"keyring set {APPLICATION} {client_id.value}"
        problem = f"keyring: it holds no secret for this client id; store it with: {command}"
        return Layer(values={}, problems=(problem,))
    return Layer(
        values={
            "client_secret": Given(
                value=secret, origin=Origin(OriginKind.KEYRING, "system keyring")
            )
        }
    )


def journal_keyring_layer(values: Mapping[str, Given]) -> Layer:
    """Give the password that the system keyring holds for the address of the journal, if any."""
    journal = values.get("journal")
    if journal is None or not is_database(str(journal.value)):
        return Layer(values={})
    try:
        import keyring  # noqa: PLC0415 - an extra, and slow to import
        from keyring.errors import KeyringError  # noqa: PLC0415 - as above

        address = DatabaseAddress.parse(str(journal.value))
        password = "" if address.password else keyring.get_password(APPLICATION, address.url)
    except (ImportError, ValueError, KeyringError):
        return Layer(values={})  # reported where it is needed: another way may give it
    if not password:
        return Layer(values={})
    origin = Origin(OriginKind.KEYRING, "system keyring")
    return Layer(values={"journal_password": Given(value=password, origin=origin)})


def _from_file(name: str, file: Given) -> Layer:
    path = Path(str(file.value))
    try:
        secret = _read(path)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        return Layer(values={}, problems=(f"{name}_file ({file.origin}): {path} {reason}",))
    return Layer(
        values={
            name: Given(
                value=secret, origin=Origin(file.origin.kind, f"file {path} ({file.origin})")
            )
        }
    )


def _read(path: Path) -> str:
    """Read a secret; raises OSError or ValueError with a phrase that goes behind the path."""
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise ValueError("is not a file")
        if os.name == "posix" and status.st_mode & OTHERS_OR_GROUP_WRITE:
            raise ValueError("can be used by others on this machine: chmod 600 it")
        with path.open("rb") as file:
            content = file.read(LARGEST_SECRET_BYTES + 1)
    except OSError as error:
        raise ValueError(f"cannot be read: {error.strerror or error}") from error
    try:
        secret = content.decode("utf-8-sig").strip()
    except UnicodeDecodeError:
        raise ValueError("is not text") from None  # the error would carry the content
    if len(content) > LARGEST_SECRET_BYTES or not secret:
        raise ValueError("is empty" if not secret else "is too large to be a secret")
    return secret
