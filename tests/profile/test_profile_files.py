"""What is wrong with a profile is told with its table, key and the nearest that would be right."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loader.errors import SettingsError
from loader.offer.entity import FALLBACK_OFFER
from loader.profile import template
from loader.profile.escape import Escape
from loader.profile.file import read_profile
from loader.profile.model import FieldRule, Profile, SkipRule
from loader.profile.parse import keys_of, parse_profile
from loader.profile.pattern import extract
from tests.support.sampling import profile_of

ALL_KEYS = [*keys_of(Profile), *keys_of(FieldRule), *keys_of(SkipRule)]


@pytest.mark.parametrize(
    ("toml", "said"),
    [
        ("dateformat = 'x'", "dateformat: no such key; did you mean date_format?"),
        ("colour = 'x'", "colour: no such key; known: fields"),
        ("date_format = 7", "date_format: text is expected"),
        ("header_row = 0", "header_row: a whole number, 1 or more is expected"),
        (f"date_format = '{'D' * 300}'", "longer than 200 characters"),
        (f"[fields]\nname = {{ from = {['A'] * 60} }}", "from: more than 50 headings"),
        (f"[fields]\nname = {{ from = ['A', 'B'], join = '{'x' * 300}' }}", "join: more than 200"),
        ("header_row = true", "header_row"),
        (
            "[fields.name]\nfrom='A'\nvalues={a='b'}\nunlisted='drop'",
            "one of error, keep is expected",
        ),
        ("zone = 'Paris'", "zone 'Paris': no such time zone"),
        (f"zone = '{'Ca/' * 1_000}'", "no such time zone"),
        ("date_format = 'DD/MM'", "it has no year"),
        ("date_format = 'DD/MM/MMMM/YYYY'", "the month twice"),
        ("date_format = 'jj/mm/aaaa'", "'j' is not known"),
        ("date_format = '%d/%m/%Q'", "%Q is not known"),
        ("[fields]\nnmae = 'A'", "[fields.nmae] no such field; did you mean name?"),
        ("[fields]\nname = 3", "[fields.name] a heading or a table is expected"),
        ("[fields]\nname = {}", "exactly one of from, constant, template: none is given"),
        ("[fields.name]\nfrom='A'\nconstant='B'", "from and constant are given"),
        ("[fields.status]\nfrom='A'\nvaleus={a='b'}", "[fields.status] valeus: no such key; did"),
        ("[fields.status]\nfrom='A'\nvalues={a=1}", "[fields.status] values: a table of texts"),
        ("[fields.name]\nconstant='A'\nsplit=','", "nothing is done to a constant, but it has spl"),
        ("[fields.name]\nfrom='A'\nescape='html'", "escape: only a template has it"),
        ("[fields.name]\nfrom='A'\njoin=' '", "join: from names fewer than two columns"),
        ("[fields.name]\nfrom='A'\ntime='10:00'", "time: only start_date and end_date"),
        ("[fields.end_date]\nfrom='A'\ntime='25:00'", "a time like 23:59"),
        ("[fields.name]\nfrom='A'\nextract='('", "extract '('"),
        ("[fields.name]\nfrom='A'\nextract='(?=a)'", "extract"),
        ("[fields.name]\nfrom='A'\nextract='(a)\\1'", "extract"),
        ("[fields.name]\nfrom='A'\nextract='((a{500}){500}){500}'", "extract"),
        ("[[skip]]\nblank=true", "[[skip]] 1: column and exactly one of"),
        ("[[skip]]\ncolumn='A'\nequals='x'\nblank=true", "[[skip]] 1"),
        ("[[skip]]\ncolumn='A'\nequal='x'", "equal: no such key; did you mean equals?"),
        ("skip = 'A'", "skip: [[skip]] tables is expected"),
    ],
)
def test_a_mistake_is_told_with_its_place(toml: str, said: str) -> None:
    with pytest.raises(SettingsError) as caught:
        profile_of(toml)

    assert said in str(caught.value)
    assert str(caught.value).startswith("my.toml: ")


def test_all_mistakes_are_told_at_once() -> None:
    with pytest.raises(SettingsError) as caught:
        profile_of("colour = 'x'\nzone = 'Paris'\n[fields]\nnmae = 'A'\nname = {}")

    assert str(caught.value).count("\n  - ") == 4


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"name = ", "is not TOML"),
        (b"\xff\xfe\x00", "is not UTF-8"),
        (b"a=" + b"[" * 5_000, "is not"),
        (b"a." * 100_000 + b"a = 1", "nested more than 32 levels"),
        (b"a = " + b"9" * 5_000, "thousands of digits"),
        (b"#" * 1_000_001, "larger than such a file can be"),
        (None, "cannot be read"),
    ],
)
def test_a_file_that_is_no_profile_is_refused(
    tmp_path: Path, data: bytes | None, said: str
) -> None:
    path = tmp_path / "my.toml"
    if data is not None:
        path.write_bytes(data)

    with pytest.raises(SettingsError, match=said) as caught:
        read_profile(path, FALLBACK_OFFER.fields)

    assert "my.toml" in str(caught.value)


@pytest.mark.parametrize(
    "source",
    [
        "{{ row.__class__ }}",
        "{{ a.__class__.__mro__ }}",
        "{{ ''['__class__'] }}",
        "{{ a|attr('__class__') }}",
        "{{ a.upper() }}",
        "{{ cycler('a') }}",
        "{{ range(10) }}",
        "{% for i in range(1000000000) %}x{% endfor %}",
        "{% for i in a recursive %}{{ loop(a) }}{% endfor %}",
        "{% set a = a ~ a %}",
        "{% include 'x' %}",
        "{% import 'x' as y %}",
        "{% macro m() %}{{ m() }}{% endmacro %}",
        "{% call x() %}{% endcall %}",
        "{% filter upper %}x{% endfilter %}",
        "{{ 'x' * 1000000000 }}",
        "{{ 9 ** 9 ** 9 }}",
        "{{ '%1000000000d' % 1 }}",
        "{{ a|center(1000000000) }}",
        "{{ a|format }}",
        "{{ row }}",
        "{{ row|upper }}",
        "{{ row['A'] }} {{ row }}",
        "{% for i in a|items %}{{ loop }}{% endfor %}",
        "{{ a",
        "{% if %}",
        "{{ " + "(" * 3_000 + "a" + ")" * 3_000 + " }}",
        "x" * 20_001,
    ],
)
def test_a_template_may_only_show_cells(source: str) -> None:
    with pytest.raises(ValueError):
        template.compile_template(source, Escape.HTML)


@pytest.mark.parametrize(
    ("source", "cells"),
    [
        ("{% for i in a|items %}{{ i }}{% endfor %}", {"a": "x;" * 1_500}),
        ("{% for i in a|items %}{% for j in a|items %}x{% endfor %}{% endfor %}", {"a": "x;" * 50}),
        ("{% for i in a|items %}{{ a }}{% endfor %}", {"a": "xx;" * 300}),
        ("{{ a|replace('x', 'xxxxxxxxxx')|replace('x', 'xxxxxxxxxx') }}", {"a": "x" * 5_000}),
        ("{{ a ~ a }}", {"a": "x" * 30_000}),
    ],
)
def test_a_template_cannot_run_away(source: str, cells: dict[str, str]) -> None:
    made = template.compile_template(source, Escape.NONE)

    with pytest.raises(template.TemplateFailed, match=r"steps|characters"):
        made.render(cells, {})


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("<ul>{% for t in a|items(',') %}<li>{{ t }}</li>{% endfor %}</ul>",
         "<ul><li>x</li><li>y &amp; z</li></ul>"),
        ("{% if b %}{{ b }}{% else %}none{% endif %}", "none"),
        ("{{ a|upper|replace(',', ' ') }}", "X Y &amp; Z"),
        ("{{ row['The A'] ~ '!' }}", "x,y &amp; z!"),
        ("{% for t in a|items(',') %}{{ loop.index }}{{ '' if loop.last else ',' }}{% endfor %}",
         "1,2"),
        ("{% for row in a|items(',') %}{{ row }}/{% endfor %}", "x/y &amp; z/"),
        ("{{ b|default('d', true) }} {{ a|items(',')|join('+') }}", "d x+y &amp; z"),
    ],
)  # fmt: skip
def test_what_templates_can_do(source: str, expected: str) -> None:
    made = template.compile_template(source, Escape.HTML)

    assert made.render({"a": "x,y & z", "b": ""}, {"The A": "x,y & z"}) == expected


def test_a_catastrophic_expression_takes_linear_time() -> None:
    import pyarrow as pa  # noqa: PLC0415

    text = pa.array(["a" * 200_000 + "b"], pa.large_string())

    assert extract(text, "^(a+)+$").to_pylist() == [None]


@given(
    st.dictionaries(
        st.sampled_from(ALL_KEYS) | st.text(max_size=8),
        st.recursive(
            st.text(max_size=8) | st.integers() | st.booleans() | st.floats(allow_nan=False),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(
                    st.sampled_from(["name", "status", *ALL_KEYS]),
                    inner,
                    max_size=4,
                )
            ),
            max_leaves=12,
        ),
        max_size=5,
    )
)
def test_any_document_gives_a_profile_or_a_clear_refusal(document: dict[str, object]) -> None:
    refusal = _refusal_of(document)

    assert refusal is None or refusal.startswith("my.toml: ")


def _refusal_of(document: dict[str, object]) -> str | None:
    try:
        parse_profile(document, FALLBACK_OFFER.fields, name="my.toml")
    except SettingsError as error:
        return str(error)
    return None


@pytest.mark.parametrize(
    ("filters", "said"),
    [
        ("|tojson" * 40, "upon each other"),
        ("|upper" * 2_000, "more than 200 filters"),
        ("~text" * 300, "more than 200 texts"),
        (" or text" * 1_500, "nested too deeply"),
    ],
)
def test_a_template_that_would_grow_without_end_is_refused(filters: str, said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        profile_of(f"[fields]\ncontent = {{template = '{{{{ text{filters} }}}}'}}")
