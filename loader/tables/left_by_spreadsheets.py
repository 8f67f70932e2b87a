"""Patterns of whole texts that only a spreadsheet leaves behind, where a value should be."""

from typing import Final

ERROR_TEXT: Final = (
    r"#(?:REF|NAME|N/A|DIV/0|NULL|NUM|VALUE|SPILL|CALC|BEZUG|NV|WERT|ZAHL|NOM|NOMBRE|VALEUR|VALOR"
    r"|¡REF|¿NOMBRE|¡VALOR|¡NUM|¡DIV/0|¡NULO|RIF|NOME|VALORE)[!?]?|#{4,}|Err:[0-9]{3}"
    # Excel in further languages: without the mark at the end some of these could be hashtags.
    r"|#(?:FIELD|BLOCKED|UNKNOWN|CONNECT|BUSY|PYTHON|ÜBERLAUF|KALK|NUL|NULO|NULLO|NÚM|¡DESBORDAMIENTO"
    r"|ADR|NAZWA|DZIEL/0|LICZBA|ARG|VERW|NAAM|DEEL/0|LEEG|GETAL|WAARDE|REFERENS|NAMN|SAKNAS"
    r"|DIVISION/0|SKÄRNING|OGILTIGT|VÄRDEFEL|REFERENCE|NAVN|VÆRDI|VERDI|VIITTAUS|NIMI|PUUTTUU"
    r"|JAKO/0|TYHJÄ|LUKU|ARVO|ODKAZ|NÁZEV|DĚLENÍ_NULOU|ČÍSLO|HODNOTA|HIV|NÉV|HIÁNYZIK|ZÉRÓOSZTÓ"
    r"|NULLA|SZÁM|ÉRTÉK|BAŞV|AD|SAYI/0|BOŞ|SAYI|DEĞER|ССЫЛКА|ИМЯ|ДЕЛ/0|ПУСТО|ЧИСЛО|ЗНАЧ)[!?]"
    r"|#(?:N/D|N/B|I/T|Н/Д|YOK|NENÍ_K_DISPOZICI|GETTING_DATA)!?"
)
SHORTENED_NUMBER: Final = r"-?[0-9][.,][0-9]{1,14}E\+[0-9]{2,3}"
