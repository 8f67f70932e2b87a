"""What is probably wrong with the markup of a content: found by the HTML parser of Python.

Most contents are a few plain tags, which two patterns prove sound (`SOUND`, and not `DOUBTFUL`);
only the others are parsed. Where a template language decides what is sent, tags are not counted.
"""

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache
from html.parser import HTMLParser
from typing import Final

CURLY: Final = "“”„‟‘’‚"
MARKUP_CODES: Final = ("html-curly-quotes", "html-from-word", "html-unclosed")

_VOID: Final = frozenset(
    {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source"}
    | {"track", "wbr"}
)
_MAY_STAY_OPEN: Final = frozenset(  # HTML closes them where a sibling or the end of a parent comes
    {"body", "colgroup", "dd", "dt", "head", "html", "li", "optgroup", "option", "p", "rp"}
    | {"rt", "tbody", "td", "tfoot", "th", "thead", "tr"}
)
_NEVER_CLOSED: Final = frozenset(["html", "head", "body"])
_WORD_PREFIXES: Final = ("o:", "w:", "m:", "st1:")
_BLOCKS: Final = ("{{#", "{{^", "{%")  # of template languages
_TAG: Final = re.compile(r"<[/a-zA-Z?]")
_LONGEST_SHOWN: Final = 40
# A value in whose quotes a tag ends and the next one begins, behind values that are sound.
_OPEN_QUOTE: Final = re.compile(
    r"""<[a-zA-Z](?:[^<>"']|"[^<"]*"(?=[\s/>])|'[^<']*'(?=[\s/>]))*?"""
    r"""=\s*(["'])(?:(?!\1)[^<>])*>(?:(?!\1)[^<])*(?:<|$)"""
)

_TEXT: Final = "[^<>]*"
_ATTRIBUTES: Final = rf"(?:\s[^<>{CURLY}]*)?"
_INLINE: Final = ("a", "b", "strong", "em", "span", "i")


def _nested(inside: Mapping[str, str]) -> str:
    """Return a pattern for text with tags, each around its own pattern."""
    around = [f"<{tag}{_ATTRIBUTES}>{pattern}</{tag}>" for tag, pattern in inside.items()]
    return rf"{_TEXT}(?:(?:<br\s*/?>|{'|'.join(around)}){_TEXT})*"


_INLINES: Final = _nested(dict.fromkeys(_INLINE, _TEXT))
_PARAGRAPH: Final = _nested(dict.fromkeys(_INLINE, _INLINES))  # a <p> in a <p> ends it
_BLOCK: Final = _nested(dict.fromkeys(("p", "div", *_INLINE), _INLINES))
SOUND: Final = f"^{_nested({'p': _PARAGRAPH} | dict.fromkeys(('div', 'a', 'span'), _BLOCK))}$"
# In the tags of sound markup: a class of Word, a slash before the end, an escaped character, a
# value without a name, a quote without its other one.
DOUBTFUL: Final = (
    r"""Mso|<[a-z]+\s(?:[^<>]*(?:/>|&#|&[a-zA-Z]+;|[\s"'=]=)|=)"""
    r"""|<[a-z]+\s(?:[^<>"']|"[^<>"]*"|'[^<>']*')*(?:"[^<>"]*|'[^<>']*)>"""
)


@cache
def _parser() -> "_Markup":
    return _Markup()


def markup_faults(content: str) -> dict[str, str]:
    """Return what is wrong with a content: what to do, by code."""
    if hint := _unended(content):
        return {"html-unclosed": hint}
    parser = _parser()
    parser.start()
    with suppress(AssertionError):  # how the parser gives up on a declaration that it cannot read
        parser.feed(content)
        parser.close()
    faults = parser.faults
    if not any(block in content for block in _BLOCKS):
        hint = parser.unclosed()
        if hint := _open_quote(content, is_doubtful=bool(hint) or parser.has_odd_name) or hint:
            faults["html-unclosed"] = hint
    return faults


def _open_quote(content: str, *, is_doubtful: bool) -> str:
    """Return what to do about a quote that is not closed: it makes what follows look faulty.

    A value may hold tags, so without a doubt only a quote without any other one is a fault.
    """
    found = _OPEN_QUOTE.search(content)
    if found is None or not (is_doubtful or content.find(found[1], found.end(1)) < 0):
        return ""
    end = content.index(">", found.end(1)) + 1
    begin = content.rfind("<", 0, found.start(1))
    shown = content[max(begin, end - _LONGEST_SHOWN) : end]
    return f"close the quote in {shown} with {found[1]}"


def _unended(content: str) -> str:
    """Return what to do about a comment or tag without an end; the parser would be slow on it."""
    if content.rfind("<!--") > content.rfind("-->"):
        return "close the comment with -->"
    return "the last tag has no >" if _TAG.search(content, content.rfind(">") + 1) else ""


class _Markup(HTMLParser):
    """Collects the open tags, and the first fault of each kind."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.start()

    def start(self) -> None:
        """Forget the content before."""
        self.reset()
        self.faults: dict[str, str] = {}
        self.has_odd_name = False  # of an attribute: one with a quote, so that another is missing
        self._open: list[str] = []
        self._unclosed = ""

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        """Check the attributes, and remember the open tag."""
        self._check_attributes(tag, attrs)
        if tag in _VOID:
            return
        if tag in _MAY_STAY_OPEN and self._open and self._open[-1] == tag:
            self._open.pop()
        self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        """Check the attributes of <tag/>."""
        self._check_attributes(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        """Close the tag, and what may stay open inside it."""
        if tag in _VOID:
            return
        if tag not in self._open:
            self._unclosed = self._unclosed or f"</{tag}> closes nothing: remove it"
            return
        while (last := self._open.pop()) != tag:
            if last not in _MAY_STAY_OPEN:
                self._unclosed = self._unclosed or f"close <{last}> before </{tag}>"

    def unclosed(self) -> str:
        """Return what to do about the first tag that is not closed; "" where all are."""
        left = next((tag for tag in self._open if tag not in _NEVER_CLOSED), "")
        return self._unclosed or (f"close <{left}> with </{left}>" if left else "")

    def _check_attributes(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        classes = next((value or "" for name, value in attrs if name == "class"), "")
        if tag.startswith(_WORD_PREFIXES) or classes.startswith("Mso"):
            what = f'class="{classes[:_LONGEST_SHOWN]}"' if classes else f"<{tag}>"
            self.faults.setdefault("html-from-word", f"remove {what} and the like")
        for name, value in attrs:
            self.has_odd_name = self.has_odd_name or '"' in name or "'" in name
            if set(CURLY) & {*name, *(value or "")[:1], *(value or "")[-1:]}:
                shown = f"{name}={value or ''}"[:_LONGEST_SHOWN]
                hint = f"write straight quotes in {shown}"
                self.faults.setdefault("html-curly-quotes", hint)
