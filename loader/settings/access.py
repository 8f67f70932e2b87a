"""The settings of access: which target, and with which credential."""

from collections.abc import Mapping

from pydantic import BaseModel, ConfigDict

from loader.model import Dialect
from loader.settings.declaring import setting
from loader.settings.value_kinds import (
    AttributeName,
    FilePath,
    HeaderValue,
    PathSegment,
    SandboxName,
    Scopes,
    Secret,
    Url,
)

DEFAULT_API_URLS: Mapping[Dialect, str] = {
    Dialect.DPS: "https://platform.adobe.io/data/core/dps",
    Dialect.XCORE: "https://platform.adobe.io/data/core/xcore",
}
DEFAULT_IMS_URL = "https://ims-na1.adobelogin.com/ims/token/v3"
DEFAULT_SCOPES = (
    "openid,AdobeID,session,read_organizations,additional_info.projectedProductContext,adobeio_api"
)


class AccessSettings(BaseModel):
    """Where the API is, and how to get in. The first part of `Settings`."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        allow_inf_nan=False,
        hide_input_in_errors=True,
    )

    api: Dialect = setting(
        "Dialect of the Offer Library: dps is the live API, xcore the legacy one.",
        accepts="dps or xcore",
        default=Dialect.DPS,
    )
    api_url: Url = setting(
        "Base address of the dialect.",
        accepts="an https address (plain http only on this machine)",
        default=lambda given: DEFAULT_API_URLS[given.get("api", Dialect.DPS)],
        shown_default="https://platform.adobe.io/data/core/dps (or …/xcore)",
    )
    ims_url: Url = setting(
        "Whole address of the token endpoint.",
        accepts="an https address (plain http only on this machine)",
        default=DEFAULT_IMS_URL,
    )
    client_id: HeaderValue | None = setting(
        "Client id of the OAuth server-to-server credential; also sent as x-api-key.",
        accepts="the id that the Developer Console shows",
        default=None,
    )
    client_secret: Secret | None = setting(
        "Client secret of that credential. Never in loader.toml and never a flag.",
        accepts="the secret that the Developer Console shows",
        default=None,
    )
    client_secret_file: FilePath | None = setting(
        "File that holds the client secret and nothing else.",
        accepts="the path of a file that others cannot read",
        default=None,
    )
    access_token: Secret | None = setting(
        "Ready access token; then no client secret is needed. Never in loader.toml, never a flag.",
        accepts="a bearer token without the word Bearer",
        default=None,
    )
    access_token_file: FilePath | None = setting(
        "File that holds the access token and nothing else.",
        accepts="the path of a file that others cannot read",
        default=None,
    )
    keyring: bool = setting(
        "Take the client secret from the system keyring (service fallback-offer-loader, user:"
        " the client id). Needs the extra [keyring].",
        accepts="true or false",
        default=False,
    )
    scopes: Scopes = setting(
        "Scopes to ask a token for: the list that the Developer Console shows.",
        accepts="names separated by commas",
        default=DEFAULT_SCOPES,
    )
    org_id: HeaderValue | None = setting(
        "Organisation that owns the offers (x-gw-ims-org-id).",
        accepts="an id like 0123456789ABCDEF01234567@AdobeOrg",
        default=None,
    )
    sandbox_name: SandboxName | None = setting(
        "Adobe sandbox that the offers go to (x-sandbox-name).",
        accepts="a name like prod or dev",
        default=None,
    )
    container_id: PathSegment | None = setting(
        "Decisioning container, xcore only. Not set: the one that belongs to the sandbox. A journal"
        " goes on with what its offers were created with.",
        accepts="the id of a container",
        default=None,
        shown_default="found through the API",
    )
    xcore_envelope: bool = setting(
        "Send xcore offers in the older envelope form (_instance and schema links).",
        accepts="true or false",
        default=False,
    )
    external_id_attribute: AttributeName | None = setting(
        "Store external_id as the offer's attribute of this name; look-ups then use it."
        " A row without one keeps its attr:NAME.",
        accepts="the name of an attribute",
        default=None,
        shown_default="not stored",
    )
