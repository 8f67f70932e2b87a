# ruff: noqa: E501 - tables of cells read best a row on a line
"""Write the samples anew: `python samples/build.py`. The tests and the README use the files."""

import csv
from collections.abc import Sequence
from pathlib import Path

import xlsxwriter

HERE = Path(__file__).parent
WEB = "dps:offer-placement:1a24dc4342f2e21e"
EMAIL = "dps:offer-placement:1a24dc4342f2e21f"
TEXT = "dps:offer-placement:1a24dc4342f2e220"
MOBILE = "dps:offer-placement:1a24dc4342f2e221"
HEADER = (
    "name", "description", "status", "placement", "type", "content", "delivery_url", "link_url",
    "channel", "language", "labels", "start_date", "end_date", "priority", "attr:Tier",
    "placement_2", "type_2", "content_2", "channel_2",
)  # fmt: skip
THEMES = (
    "Free shipping", "Summer sale", "Welcome back", "Refer a friend", "Loyalty points",
)  # fmt: skip
PLACES = ("Home", "Basket", "Account", "Newsletter", "App")


def offer(number: int) -> tuple[str, ...]:
    """Return one realistic offer: html, image, text and json in turn."""
    theme, place = THEMES[number % 5], PLACES[number // 5]
    name = f"{theme} – {place} fallback"
    address = theme.lower().replace(" ", "-")
    kinds = (
        (WEB, "html", f"<p><b>{theme}</b> for everyone</p>", "", "", "web"),
        (EMAIL, "image", "", f"https://cdn.example.com/{address}.png", f"https://shop.example.com/{address}", "email"),
        (TEXT, "text", f"{theme}: see what is new", "", "", "web"),
        (MOBILE, "json", f'{{"title":"{theme}","badge":{number}}}', "", "", "mobile"),
        (WEB, "html", f"<p>{theme} · Grüße aus dem Shop</p>", "", "", "web"),
    )  # fmt: skip
    placement, kind, content, delivery, link, channel = kinds[number % 5]
    second = (TEXT, "text", f"{theme} (short)", "web") if number % 5 == 0 else ("", "", "", "")
    status = "approved" if number % 3 else "draft"
    tier = ("gold", "silver", "")[number % 3]
    start, end = ("2026-01-01", "2037-01-01T12:00") if number % 4 == 0 else ("", "")
    return (
        name, f"Shown in {place} when nothing fits", status, placement, kind, content, delivery,
        link, channel, "en;de" if number % 2 else "en", "core/C1" if number % 6 == 0 else "",
        start, end, str(number % 4) if number % 2 else "", tier, *second,
    )  # fmt: skip


def mistake(**cells: str) -> tuple[str, ...]:
    """Return a good row with some cells replaced."""
    good = dict.fromkeys(HEADER, "") | {
        "name": "Good", "placement": WEB, "type": "html", "content": "<p>x</p>", "channel": "web",
    }  # fmt: skip
    return tuple((good | cells)[name] for name in HEADER)


IMAGE = {"placement": EMAIL, "channel": "email", "type": "image", "content": ""}
JSON = {"placement": MOBILE, "channel": "mobile", "type": "json"}
MISTAKES = (
    mistake(name="The first good one"),
    mistake(name=""),
    mistake(name="No placement", placement=""),
    mistake(name="A placement that is near", placement="Web baner"),
    mistake(name="A type that is near", type="htm"),
    mistake(name="A status that is near", status="aproved"),
    mistake(name="No content", content=""),
    mistake(name="No picture", **IMAGE),
    mistake(name="Not a web address", **IMAGE, delivery_url="example picture"),
    mistake(name="A dangerous link", **IMAGE, delivery_url="https://example.com/a.png", link_url="javascript:alert(1)"),
    mistake(name="Broken JSON", **JSON, content='{"title": }'),
    mistake(name="A date with two meanings", start_date="01/02/2026"),
    mistake(name="A day that is not", start_date="2026-02-30"),
    mistake(name="Ends before it starts", start_date="2036-03-01", end_date="2036-02-01"),
    mistake(name="Not a number", priority="high"),
    mistake(name="Not a language", language="english please"),
    mistake(name="Not a channel", channel="carrier pigeon"),
    mistake(name="Twice the same place", placement_2=WEB, type_2="html", content_2="<p>y</p>"),
    mistake(name="Half a second one", content_2="<p>y</p>"),
    mistake(name="Same key, other contents", content="<p>one</p>"),
    mistake(name="Same key, other contents", content="<p>two</p>"),
    mistake(name="Three things at once", type="picture", status="live", priority="-1"),
    mistake(name="Too large, but only a warning", content=f"<p>{'x' * 1100}</p>"),
    mistake(name="The last good one"),
)  # fmt: skip

NAMES = (
    "NA",
    "None",
    "null",
    "001",
    "1e5",
    "TRUE",
    "1.0",
    "-",
    "N/A",
    "2026-01-31",
    "Größe",
    "オファー",
    "😀 offer",
    "=1+1",
)


BY_NAME = (
    ("Offer name", "Status", "Placement", "Content", "Image URL", "Tags"),
    ("Free shipping", "approved", "Web banner", "<p><b>Free shipping</b> for everyone</p>", "", "Spring"),
    ("Spring picture", "approved", "Email image", "", "https://cdn.example.com/spring.png", "Spring; Loyalty"),
    ("Short and sweet", "draft", "web text", "Free shipping this week", "", "loyalty"),
    ("App badge", "draft", "Mobile JSON", '{"badge": 1}', "", ""),
)  # fmt: skip


def write_csv(name: str, rows: Sequence[tuple[str, ...]], header: tuple[str, ...] = HEADER) -> None:
    """Write a header and rows as CSV."""
    with (HERE / name).open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *rows])


def write_workbook(
    name: str,
    rows: list[tuple[str, ...]],
    *,
    header: tuple[str, ...] = HEADER,
    title: str = "Offers",
) -> None:
    """Write a header and rows as a workbook, every cell as text."""
    with xlsxwriter.Workbook(HERE / name, {"strings_to_formulas": False}) as book:
        sheet = book.add_worksheet(title)
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, len(header), 24)
        for number, row in enumerate([header, *rows]):
            for position, text in enumerate(row):
                if text:
                    sheet.write_string(number, position, text)


FRENCH_CRM = (
    ("Référence", "Nom de l'offre", "Etat", "ID emplacement", "Titre", "Texte", "Valable du", "Valable jusqu'au", "Notes internes"),
    ("REF-0001", "Port offert", "Actif", WEB, "Livraison offerte", "Dès 50 € d’achat & sans code", "01/02/2026", "28/02/2036", "vu"),
    ("REF-0002", "Soldes de juillet", "Brouillon", WEB, "Soldes", "Jusqu’à 50 %", "24/06/2026", "21/07/2036", ""),
    ("REF-0003", "Ancien parrainage", "Archivé", WEB, "Parrainage", "Terminé", "01/01/2020", "31/12/2020", "ne plus utiliser"),
    ("REF-0004", "Premier achat", "ACTIF", WEB, "Bienvenue", "Œuvrons ensemble", "03/04/2026", "", ""),
    ("Total : 4", "", "", "", "", "", "", "", ""),
)  # fmt: skip


FRENCH_OFFERS = (
    ("Nom de l'offre", "Descriptif", "Statut", "Emplacements", "Contenu", "URL de l'image", "Langue", "Date de début", "Date de fin", "Suivi par"),
    ("Livraison offerte", "Dès 50 € d’achat", "Actif", "Web banner", "<p>Livraison offerte dès 50 €</p>", "", "fr", "01/02/2026", "28/02/2036", "Zoé"),
    ("Soldes d’été", "", "Brouillon", "Email image", "", "https://cdn.example.com/soldes.png", "fr", "24/06/2026", "21/07/2036", "Noël"),
    ("Bienvenue", "Pour les nouveaux", "ACTIF", "Web text", "Œuvrons ensemble", "", "fr", "03/04/2026", "", "Zoé"),
    ("Parrainage", "", "Brouillon", "Web text", "Un ami, un cadeau ; c’est dit", "", "fr", "", "", ""),
)  # fmt: skip


GERMAN_CAMPAIGNS = (
    ("Angebotsname", "Status", "Platzierungs-ID", "Art", "Inhalt", "Bild-URL", "Ziel-URL", "Gültig ab", "Gültig bis", "Priorität", "Kampagne", "Verantwortlich"),
    ("Frühlingsaktion", "Aktiv", EMAIL, "Bild", "", "https://cdn.example.com/fruehling.png", "https://shop.example.com/fruehling", "01.03.2026", "31.05.2036", "2", "Frühling 26", "Jäger"),
    ("Größentausch", "Entwurf", WEB, "HTML", "<p>Größe passt nicht? Gratis tauschen</p>", "", "", "1.4.2026", "", "", "Service", "Groß"),
    ("", "Aktiv", "", "", "", "", "", "", "", "", "", "leer"),
    ("Willkommen", "", WEB, "html", "<p>Schön, dass Sie da sind</p>", "", "", "", "", "1", "Service", ""),
)  # fmt: skip


CONTENT_HUB = (
    ("Offer ref", "Offer", "State", "Topics", "Live from", "Live until", "Slot", "Slot state", "Kind", "Locale", "Body", "Picture", "Click-through", "Owner"),
    ("OF-1001", "Free shipping", "Live", "Spring, Loyalty", "02/01/2026", "12/31/2036", "Web banner", "In use", "Markup", "en-US", "<p>Free shipping on every order</p>", "", "", "Kim"),
    ("OF-1001", "", "", "", "", "", "Web banner", "In use", "Markup", "es-US", "<p>Envío gratis en todos los pedidos</p>", "", "", ""),
    ("OF-1001", "", "", "", "", "", "Email image", "In use", "Picture", "", "", "https://cdn.example.com/shipping.png", "https://shop.example.com/shipping", ""),
    ("OF-1002", "Summer sale", "In review", "", "06/21/2026", "", "Web text", "In use", "Plain", "en-US", "Up to 50 % off", "", "", "Lee"),
    ("OF-1002", "Summer sale", "In review", "", "06/21/2026", "", "Email image", "Retired", "Picture", "", "", "https://cdn.example.com/old.png", "", "Lee"),
    ("OF-1002", "Summer sale", "In review", "", "06/21/2026", "", "Mobile JSON", "In use", "Data", "", '{"title": "Summer sale", "badge": 50}', "", "", "Lee"),
    ("OF-1003", "Welcome back", "Live", "Loyalty", "", "", "Web banner", "In use", "Markup", "en-US", "<p>Good to see you again</p>", "", "", "Kim"),
)  # fmt: skip


def write_french(name: str, rows: Sequence[tuple[str, ...]]) -> None:
    """Write what a French program exports: semicolons, cp1252."""
    with (HERE / name).open("w", encoding="cp1252", newline="") as file:
        csv.writer(file, delimiter=";").writerows(rows)


def main() -> None:
    """Write every sample."""
    offers = [offer(number) for number in range(25)]
    write_workbook("offers.xlsx", offers)
    write_csv("offers.csv", offers)
    write_workbook("mistakes.xlsx", list(MISTAKES))
    write_csv("placements-by-name.csv", BY_NAME[1:], BY_NAME[0])
    write_french("french-crm.csv", FRENCH_CRM)  # read by templates/mappings
    write_french("french-offers.csv", FRENCH_OFFERS)  # read by what `loader mapping` writes
    write_csv("english-content-hub.csv", CONTENT_HUB[1:], CONTENT_HUB[0])
    write_workbook(
        "german-campaigns.xlsx",
        list(GERMAN_CAMPAIGNS[1:]),
        header=GERMAN_CAMPAIGNS[0],
        title="Angebote",
    )
    write_csv("names.csv", [mistake(name=name) for name in NAMES])


if __name__ == "__main__":
    main()
