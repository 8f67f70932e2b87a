"""A client of ours against a running sandbox."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from pydantic import SecretStr

from loader.api.client import OfferClient, open_client
from loader.api.target import ApiSettings
from loader.model import Dialect
from loader.offer.entity import FALLBACK_OFFER
from offer_sandbox import Sandbox


def settings_for(
    sandbox: Sandbox, dialect: Dialect = Dialect.DPS, **changed: object
) -> ApiSettings:
    """Settings that reach the sandbox."""
    usual = {
        "dialect": dialect,
        "api_url": sandbox.api_url(str(dialect)),
        "ims_url": sandbox.ims_url,
        "client_id": sandbox.client_id,
        "client_secret": SecretStr(sandbox.client_secret),
        "org_id": sandbox.org_id,
        "sandbox_name": sandbox.sandbox_name,
        "scopes": "openid,AdobeID",
        "request_timeout_seconds": 1.0,
    }
    return ApiSettings(**{**usual, **changed})


@asynccontextmanager
async def opened(
    sandbox: Sandbox, dialect: Dialect = Dialect.DPS, **changed: object
) -> AsyncIterator[OfferClient]:
    """A client, opened."""
    async with open_client(
        settings_for(sandbox, dialect, **changed), FALLBACK_OFFER.endpoints
    ) as client:
        yield client
