"""The journal's key of a target is one for each place, however its address is spelled."""

import pytest

from loader.api.target import ApiSettings
from loader.model import Dialect
from loader.same_target import is_same_target, may_be_same_target

PLACE = "https://platform.adobe.io/data/core/xcore"
KEY = f"{PLACE}|org@AdobeOrg|prod"


def key_of(api_url: str, container: str = "") -> str:
    return ApiSettings(
        dialect=Dialect.XCORE,
        api_url=api_url,
        ims_url="https://ims-na1.adobelogin.com/ims/token/v3",
        client_id="id",
        org_id="org@AdobeOrg",
        sandbox_name="prod",
        container_id=container,
    ).target()


@pytest.mark.parametrize(
    "spelling",
    [
        "https://platform.adobe.io:443/data/core/xcore",
        "https://platform.adobe.io:0443/data/core/xcore",
        "https://platform.adobe.io:/data/core/xcore",
        "https://platform.adobe.io./data/core/xcore",
        "HTTPS://Platform.Adobe.IO/data/core/xcore/",
        "https://platform.adobe.io//data/core/xcore",
    ],
)
def test_every_spelling_of_an_address_is_the_same_key(spelling: str) -> None:
    assert key_of(spelling) == KEY
    assert is_same_target(f"{spelling}|org@AdobeOrg|prod", KEY)  # of an older journal


@pytest.mark.parametrize(
    "other",
    [
        "https://platform.adobe.io:8443/data/core/xcore",
        "http://platform.adobe.io:443/data/core/xcore",
        "https://platform.adobe.io/data/core/XCORE",
        "https://platform-stage.adobe.io/data/core/xcore",
    ],
)
def test_another_address_is_another_key(other: str) -> None:
    assert key_of(other) != KEY
    assert not may_be_same_target(key_of(other), KEY)


def test_a_container_that_was_found_may_be_the_one_that_is_named() -> None:
    named = key_of(PLACE, "one")
    assert not is_same_target(named, KEY)
    assert may_be_same_target(named, KEY)
    assert may_be_same_target(KEY, named)
    assert not may_be_same_target(named, key_of(PLACE, "two"))


@pytest.mark.parametrize("key", ["", "x", "https://[|a|b", "https://h:port|a|b", "|||"])
def test_a_key_that_is_none_is_only_itself(key: str) -> None:
    assert is_same_target(key, key)
    assert not may_be_same_target(key, KEY)
