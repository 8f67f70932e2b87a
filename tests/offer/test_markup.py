"""Markup that browsers would read in another way than it looks is a warning, with what to do."""

import re
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from loader.model import Severity
from loader.offer.markup import DOUBTFUL, SOUND, markup_faults
from tests.support.checking import errors_of
from tests.support.laws import tried


@pytest.mark.parametrize(
    ("content", "code", "hint"),
    [
        ("<a href=“https://example.com/a b”>x</a>", "html-curly-quotes", "href=“https"),
        ("<p class=’x’>a</p>", "html-curly-quotes", "class=’x’"),
        ("<p>a<o:p></o:p></p>", "html-from-word", "<o:p>"),
        ('<p class="MsoNormal">a</p>', "html-from-word", "MsoNormal"),
        ("<p>a", "html-unclosed", "</p>"),
        ("<div><b>a</div>", "html-unclosed", "<b> before </div>"),
        ("<b><i>a</b></i>", "html-unclosed", "<i> before </b>"),
        ("a</b>", "html-unclosed", "</b> closes nothing"),
        ("<p>a</p><a href='b'", "html-unclosed", "no >"),
        ('<div class="a>x</div>', "html-unclosed", 'close the quote in <div class="a> with "'),
        ("<p><a href='b>it is</a></p>", "html-unclosed", "close the quote in <a href='b> with '"),
        ('<p class="a>x</p><p class="b">y</p>', "html-unclosed", 'in <p class="a> with "'),
        ('<img alt="3 > 2" src="a.png>', "html-unclosed", 'src="a.png> with "'),
        ('<a title="3 > 2"><b>x</a>', "html-unclosed", "close <b> before </a>"),
        ("<p>a</p><!-- b", "html-unclosed", "-->"),
    ],
)
def test_markup_that_is_out_of_order_is_found(content: str, code: str, hint: str) -> None:
    (fault,) = markup_faults(content).items()

    assert fault[0] == code
    assert hint in fault[1]


@pytest.mark.parametrize(
    "content",
    [
        "<p>a</p>",
        "plain text, 3 < 4",
        "<p>“quoted” text</p>",
        "<ul><li>a<li>b</ul>",
        "<div><p>a</div>",
        "<table><tr><td>1<td>2</table>",
        "<br><img src='a'><BR/>",
        "<svg><path d='a'/></svg>",
        "<!-- <b> --><P>a</p>",
        "{{#if a}}<a href='1'>{{else}}<a href='2'>{{/if}}b</a>",
        "{% if a %}<b>{% endif %}",
        "<![x[",
        '<a title="3 > 2 < 4">x</a>',
        "<p data-more='a > <b>b</b>'>x</p>",
    ],
)
def test_what_html_allows_is_no_fault(content: str) -> None:
    assert markup_faults(content) == {}


def needs_no_parser(content: str) -> bool:
    return bool(re.match(SOUND, content)) and not re.search(DOUBTFUL, content)


@pytest.mark.parametrize(
    "content",
    [
        "<p>a <b>b</b></p>",
        "<div><p>a <b>b</b></p></div>",
        '<div class="x"><br/>a</div>',
        "a “b”",
        "<a href=\"/x/\" id='y'>z</a>",
    ],
)
def test_plain_markup_needs_no_parser(content: str) -> None:
    assert needs_no_parser(content)
    assert markup_faults(content) == {}


PIECES = st.sampled_from(
    ["<p", "<a", "<b", "</p", "</a", "</b", ">", " ", "\n", "/", "=", '"', "'", "“", "class", "Mso",
     "x", "<p>", "</p>", "<br/>", "<br", "&lt;", "&#8220", "<p class=", 'x="1"', "{{", "<!--"]
)  # fmt: skip


@settings(max_examples=tried(500))
@example(content='<p class="MsoNormal">a</p>')
@example(content="<p class=MsoNormal>a</p>")
@example(content="<p class='&#77;so'>a</p>")
@example(content='<a href="&#8220;x">y</a>')
@example(content="<a\n/></a>")
@example(content='<p x=">“x”</p>')
@example(content="<p><p>a</p></p>")
@example(content='<a ="="></a>="')
@given(content=st.lists(PIECES, max_size=12).map("".join))
def test_no_fault_is_missed_where_no_parser_looks(content: str) -> None:
    assert not needs_no_parser(content) or markup_faults(content) == {}


@pytest.mark.parametrize("type_", ["html", ""])
def test_the_cell_is_named_and_the_row_is_sent_all_the_same(tmp_path: Path, type_: str) -> None:
    (error,) = errors_of(tmp_path, type=type_, content="<div>a")

    assert (error.code, error.cell, error.severity) == ("html-unclosed", "D2", Severity.WARNING)
    assert error.suggestion == "close <div> with </div>"


def test_text_is_no_markup(tmp_path: Path) -> None:
    assert errors_of(tmp_path, type="text", content="<div>a") == []
