"""Whatever a mapping ignores and skips: where a quote swallowed rows, a row has an error."""

from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from loader.errors import UnreadableSource
from loader.model import Severity
from loader.offer.entity import FALLBACK_OFFER
from loader.profile.apply import apply
from loader.profile.bind import bind
from loader.source import ReadOptions, open_source
from tests.support.laws import tried
from tests.support.sampling import profile_of
from tests.support.stray_quotes import ENDS, with_a_stray_quote

LAW = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    deadline=None,
    max_examples=tried(150),
)
RULES = st.sampled_from(
    [
        "column = 'name'\nmatches = 'Offer'",
        "column = 'u'\nblank = true",
        "column = 'u'\nequals = '15'",
    ]
)


@LAW
@given(with_a_stray_quote(), ENDS, RULES)
def test_no_row_is_missing_without_an_error(
    tmp_path: Path, drawn: tuple[list[str], int], end: str, rule: str
) -> None:
    lines, written = drawn
    path = tmp_path / "offers.csv"
    path.write_bytes("".join(f"{line}{end}" for line in lines).encode())
    profile = profile_of(f"ignore = ['*']\n[[skip]]\n{rule}\n")
    seen, errors = 0, 0
    try:
        with open_source(str(path), ReadOptions(isolated=False, delimiter=",")) as source:
            for table in source.tables():
                bound = bind(profile, table.header, FALLBACK_OFFER.fields, source="offers.csv")
                for chunk in table.chunks:
                    mapped = apply(bound, chunk, sheet="").chunk
                    seen += len(chunk.frame)
                    errors += sum(each.severity is Severity.ERROR for each in mapped.problems)
    except UnreadableSource:
        return  # nothing of it is loaded

    assert seen == written or errors
