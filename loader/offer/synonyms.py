"""Other words: what people call a field, a status or a type in English, French and German.

Only words that clearly mean one field: what may mean two ("Titre", "URL", "Image") is left to
suggestions and to column profiles. Words of a cell are among them only where they mean the same in
every sheet.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

WORDS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "name": (
            *("offer name", "name of the offer", "offer title"),
            *("nom", "nom offre", "nom de l offre", "intitule", "intitule de l offre"),
            *("titre de l offre", "angebotsname", "name des angebots", "angebotstitel"),
            "bezeichnung",
        ),
        "description": (
            *("offer description", "descriptif", "description de l offre"),
            *("beschreibung", "angebotsbeschreibung"),
        ),
        "status": (
            *("offer status", "state", "statut", "statut de l offre", "etat", "etat de l offre"),
            *("angebotsstatus", "freigabestatus"),
        ),
        "placement": (
            *("placement id", "id of placement", "emplacement", "id emplacement"),
            *("id de l emplacement", "identifiant de l emplacement", "platzierung"),
            *("platzierungs id", "platzierung id", "id der platzierung"),
        ),
        "type": (
            *("content type", "type of content", "type de contenu", "type contenu"),
            *("typ", "inhaltstyp", "inhaltsart", "art des inhalts"),
        ),
        "content": (
            *("offer content", "contenu", "contenu de l offre", "inhalt", "inhalt des angebots"),
        ),
        "delivery_url": (
            *("image url", "url of the image", "image address", "picture url", "url image"),
            *("url de l image", "adresse de l image", "bild url", "bildadresse", "url des bildes"),
            "bildurl",
        ),
        "link_url": (
            *("link", "target url", "destination url", "click url", "landing page url", "lien"),
            *("lien cible", "url cible", "url de destination", "lien de destination"),
            *("ziel url", "zieladresse", "ziel link", "klick url", "ziel"),
        ),
        "channel": ("canal", "kanal"),
        "format": ("mime type", "mime", "type mime", "mime typ"),
        "language": (
            *("languages", "lang", "locale", "langue", "langues", "code langue"),
            *("sprache", "sprachen", "sprachcode"),
        ),
        "external_id": (
            *("external reference", "id externe", "identifiant externe", "reference externe"),
            *("externe id", "externe referenz", "fremd id"),
        ),
        "tags": (
            *("tag", "tag ids", "collection qualifiers", "qualifiers", "mots cles"),
            *("schlagworte", "schlagworter"),
        ),
        "labels": ("label", "data labels", "usage labels", "datenlabels"),
        "start_date": (
            *("start", "valid from", "starts on", "date de debut", "date debut", "debut"),
            *("debut de validite", "valable du", "valable a partir du", "startdatum", "beginn"),
            *("gultig ab", "gueltig ab", "gultig von"),
        ),
        "end_date": (
            *("end", "valid until", "valid to", "expiry date", "expires on", "date de fin"),
            *("date fin", "fin", "fin de validite", "valable jusqu au", "date d expiration"),
            *("enddatum", "ende", "gultig bis", "gueltig bis", "ablaufdatum"),
        ),
        "priority": ("rank", "prio", "priorite", "rang", "prioritat", "prioritaet"),
    }
)

MEANINGS: Final[Mapping[str, Mapping[str, tuple[str, ...]]]] = MappingProxyType(
    {
        "status": {
            "approved": (
                *("active", "actif", "approuve", "valide", "publie", "en ligne"),
                *("aktiv", "freigegeben", "genehmigt", "live", "online", "yes", "oui", "ja"),
            ),
            "draft": (
                *("inactive", "inactif", "brouillon", "en attente", "hors ligne"),
                *("inaktiv", "entwurf", "offline", "no", "non", "nein"),
            ),
        },
        "type": {
            "image": ("bild", "picture", "visuel", "grafik", "photo", "foto"),
            "text": ("texte", "plain text", "texte brut"),
        },
    }
)  # by field: our word -> theirs
