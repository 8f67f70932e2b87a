"""Where the value of a setting came from."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class OriginKind(StrEnum):
    """Who gave a value, the strongest first."""

    FLAG = "flag"  # of the command line, --set included
    ENVIRONMENT = "environment"  # a LOADER_ variable
    PROFILE = "profile"  # of loader.toml
    KEYRING = "keyring"
    DEFAULT = "default"  # nobody gave it


@dataclass(frozen=True, slots=True)
class Origin:
    """Who gave a value, and how messages name it: "--zone", "LOADER_ZONE" …"""

    kind: OriginKind
    text: str

    def __str__(self) -> str:
        return self.text


DEFAULT: Final = Origin(OriginKind.DEFAULT, "default")


def flag(name: str) -> Origin:
    """Return the origin of what a flag gave."""
    return Origin(OriginKind.FLAG, name)


def variable(name: str) -> Origin:
    """Return the origin of what a variable of the environment gave."""
    return Origin(OriginKind.ENVIRONMENT, name)
