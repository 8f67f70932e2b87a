"""The reference pages, made from the definitions: `python -m tools.reference` writes them anew.

A test compares what lies in docs/ and templates/ with what is made here.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from loader.messages.catalogue import ANSWERS, CODES, EXITS, NOTICES, REFUSALS, Code
from loader.model import Severity
from loader.offer.entity import FALLBACK_OFFER
from loader.offer.schema import FIELDS
from loader.settings.fields import NAMES, SECRETS, Settings, accepted, shown_default
from loader.settings.inbox import FolderRules, FolderSettings, InboxSettings
from loader.settings.metrics import LogSettings, MetricsSettings
from loader.settings.notify import EmailSettings, NotifyRules, WebhookSettings
from loader.settings.schedule import Schedule
from loader.settings.web import WebSettings
from loader.template import write_template
from loader.validation.fields import Facts, facts_of
from tools.reference_mappings import mappings_page

TABLES: Final[Mapping[str, type[BaseModel]]] = {
    "[inbox]": InboxSettings,
    "[[inbox.folder]]": FolderSettings,
    "[[schedule]]": Schedule,
    "[notify]": NotifyRules,
    "[notify.webhook]": WebhookSettings,
    "[notify.email]": EmailSettings,
    "[metrics]": MetricsSettings,
    "[log]": LogSettings,
    "[web]": WebSettings,
}


def _needed(facts: Facts) -> str:
    if facts.always_required:
        return "yes"
    return "unless the placement tells it" if facts.required else ""


LIMITS = """
## Where the loader is stricter than the API, and what the platform limits

- Every representation needs content, or delivery_url for an image; the API takes it without.
- `format` takes no parameters (`text/html; charset=utf-8`), `status` no `archived`: an offer is
  archived when it exists (`loader plan`).
- Names and other texts are sent without blanks around them, which a warning says; `content` is sent
  exactly as it is.
- An offer with all of its representations has at most 300 KB: more is an error. The documentation
  of the platform also asks for no more than 1 KB, 30 attributes and 20 tags: more is a warning.
- A sandbox takes 10,000 offers, those included that are there: a notice says when a file, or a load
  together with what is there, has more.
- Fallback offers have neither dates nor a rank. The columns are read and checked, because exports
  have them; a notice says once per file that they have no effect.
""".strip().splitlines()


def columns_page() -> str:
    """Return docs/columns.md."""
    lines = [
        "# Columns",
        "",
        (
            "One row is one offer. Headings are matched whatever their case, accents, spaces or "
            "punctuation. Columns marked × may be repeated with a number (`content_2`): one more "
            "representation of the same offer; groups with the same placement are its "
            "languages. `attr:NAME` columns are attributes. This page is made from the schema "
            "in `loader/offer/schema.py`."
        ),
        "",
        "| column | needed | × | what it is | expected | example |",
        "|---|---|---|---|---|---|",
    ]
    for name, column in FIELDS.columns.items():
        facts = facts_of(column)
        cells = (
            f"`{name}`",
            _needed(facts),
            "×" if facts.repeats else "",
            str(column.description),
            facts.expected + (f"; blank means {facts.default}" if facts.default else ""),
            f"`{facts.example}`",
        )
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    lines += ["| `attr:NAME` |  |  | The attribute NAME of the offer. | text | `gold` |", ""]
    lines += [*LIMITS, ""]
    lines += [
        "## Other words for the columns",
        "",
        (
            "These headings are known too, and a note says how each was read. Any other heading is "
            "refused with the nearest match; a mapping says what it means."
        ),
        "",
        "| column | is also read from |",
        "|---|---|",
        *(f"| `{name}` | {', '.join(words)} |" for name, words in FIELDS.words.items()),
        "",
    ]
    return "\n".join(lines)


def errors_page() -> str:
    """Return docs/errors.md."""
    errors = [code for code in CODES.values() if code.severity is Severity.ERROR]
    warnings = [code for code in CODES.values() if code.severity is Severity.WARNING]
    return "\n".join(
        [
            "# Errors, warnings and notices",
            "",
            (
                "Every code that the loader gives, with its cause and its cure. The codes are "
                "stable: a program may rely on them. `loader explain CODE` says the same as this "
                "page; both are made from the TOML files in `loader/messages/`."
            ),
            "",
            *_codes("Errors of a row", "The row is not sent; the other rows are.", errors),
            *_codes("Warnings of a row", "The row is sent.", warnings),
            *_codes(
                "What happened to a row that was sent",
                "`error_code` in the results. `loader runs show RUN` lists the unknown rows.",
                ANSWERS.values(),
            ),
            *_codes(
                "A whole file or run is refused",
                "Nothing (more) is sent; the exit code is 2, 4 or 5.",
                REFUSALS.values(),
            ),
            *_codes("Notices", "They stop nothing.", NOTICES.values()),
            *_codes("Exit codes", "How a command ends.", EXITS.values()),
        ]
    )


def _codes(title: str, meaning: str, entries: Iterable[Code]) -> Iterator[str]:
    listed = list(entries)
    links = " · ".join(f"[{entry.code}](#{entry.code.lower()})" for entry in listed)
    yield from (f"## {title}", "", meaning, "", links, "")
    for entry in listed:
        yield from (f"### {entry.code}", "", entry.cause, f"*Cure:* {entry.cure}", "")


PROXY_SECTION: Final = """\
## Behind a company's proxy

The API, the token endpoint, webhooks and buckets (S3) are reached through the proxy that `proxy`
names. Where it is not set, the usual variables count: `HTTPS_PROXY` (`HTTP_PROXY` for plain
http), else `ALL_PROXY`; small letters win. `proxy = "none"` goes without one, whatever they say.
`NO_PROXY` makes exceptions to all of them, by the rules of Python's standard library: names of
hosts or domains joined by commas, or `*`. Addresses of this machine, and with them the built-in
sandbox, are reached through no proxy of a variable.

A user and password may be in the variable (`http://user:password@host:3128`, special characters
as `%40`); in the setting they are not accepted: give `proxy_user`, and `LOADER_PROXY_PASSWORD` or
`proxy_password_file`. The password is a secret: it appears in no message, log or file. Proxies of
the kind http and https are supported, with a password by the method *basic*; SOCKS, Kerberos and
NTLM are not (put a local proxy that speaks them in between).

If the company inspects encrypted traffic, give its authority's certificate with `ca_file`.
`loader doctor` says which proxy is used for what, and who says so. An SFTP inbox uses no proxy
(see `ProxyCommand` in `~/.ssh/config`); a bucket uses what its library takes from the variables.
""".splitlines()


FILE_SECTION = """
## Where loader.toml is looked for

In the folder that you are in, then in the user's folder for settings
(Linux: `~/.config/fallback-offer-loader/`,
macOS: `~/Library/Application Support/fallback-offer-loader/`,
Windows: `%LOCALAPPDATA%\\fallback-offer-loader\\`). The first one found is read, alone.
`--config PATH` or `LOADER_CONFIG` names another file. `loader doctor` says which settings are used.

A whole file for loading by hand; the secret comes from `LOADER_CLIENT_SECRET`, from a file or from
the keyring:

```toml
[profile.default]                  # loader load FILE
org_id = "0123456789ABCDEF01234567@AdobeOrg"
sandbox_name = "dev"
client_id = "0123456789abcdef0123456789abcdef"
client_secret_file = "~/.loader-secret"
scopes = "openid,AdobeID,read_organizations,additional_info.projectedProductContext,session"
zone = "Europe/Paris"
date_format = "DD/MM/YYYY"
max_per_second = 5

[profile.prod]                     # loader load FILE --profile prod
org_id = "0123456789ABCDEF01234567@AdobeOrg"
sandbox_name = "prod"
client_id = "fedcba9876543210fedcba9876543210"
keyring = true
max_errors = 20
```
""".strip().splitlines()


def settings_page() -> str:
    """Return docs/settings.md."""
    lines = [
        "# Settings",
        "",
        (
            "Flags win over the environment, the environment over the profile in "
            "`loader.toml` (`--profile NAME` takes `[profile.NAME]`), the profile over the "
            "defaults. Every setting has a variable, `LOADER_` and its name in capitals, and "
            "can be given as `--set NAME=VALUE`; secrets have neither a flag nor a place in "
            "`loader.toml`. The tables of an inbox (`[inbox]`, `[[schedule]]`, `[notify]`, "
            "`[metrics]`, `[log]`) are explained in [watching a folder](file-drop.md), that of the "
            "web page (`[web]`) in [the web page](web.md). This page is made from "
            "`loader/settings/fields.py`."
        ),
        "",
        "| setting | meaning | accepts | default |",
        "|---|---|---|---|",
    ]
    for name in NAMES:
        meaning = str(Settings.model_fields[name].description)
        secret = " (secret)" if name in SECRETS else ""
        default = shown_default(name) or "–"
        lines.append(f"| `{name}`{secret} | {meaning} | {accepted(name)} | {default} |")
    lines += ["", *FILE_SECTION, "", *PROXY_SECTION]
    lines += [
        "",
        (
            "The settings of [an inbox](file-drop.md) and of [the web page](web.md) are in "
            "separate tables of `loader.toml`."
        ),
    ]
    for title, model in TABLES.items():
        lines += ["", f"**`{title}`**", "", "| setting | meaning | accepts | default |"]
        lines += ["|---|---|---|---|", *_rows_of(model)]
    return "\n".join([*lines, ""])


def _rows_of(model: type[BaseModel]) -> Iterator[str]:
    inherited = FolderRules.model_fields if model is FolderSettings else {}
    for name, field in model.model_fields.items():
        if name not in inherited and isinstance(field.json_schema_extra, dict):
            extra = field.json_schema_extra
            default = extra["shown_default"] or _written(field)
            yield f"| `{name}` | {field.description} | {extra['accepts']} | {default} |"


def _written(field: FieldInfo) -> str:
    if field.is_required():
        return "needed"
    value = field.get_default(call_default_factory=False)
    if isinstance(value, tuple | list):
        return ", ".join(map(str, value)) or "–"
    return "–" if value is None else str(value)


PAGES: Mapping[str, Callable[[], str]] = {
    "docs/columns.md": columns_page,
    "docs/errors.md": errors_page,
    "docs/mappings.md": mappings_page,
    "docs/settings.md": settings_page,
}
TEMPLATES = ("templates/offers.xlsx", "templates/offers.csv")


def main(root: Path = Path()) -> None:
    """Write every page and template below `root`."""
    for path, page in PAGES.items():
        (root / path).write_text(page(), "utf-8")
    for path in TEMPLATES:
        write_template(root / path, FALLBACK_OFFER)


if __name__ == "__main__":
    main()
