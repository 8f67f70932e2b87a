"""Text files of which a quote opens in one row and closes in a later one."""

from hypothesis import strategies as st

ENDS = st.sampled_from(["\n", "\r\n", "\r"])
BELOW = st.sampled_from([0, 60])  # rows above: only the first fifty go the careful way anyhow
WORDS = st.sampled_from(["", "live", "VIP first", "15", "<p>Hi</p>", "a b"])
HEADER = ["name", "placement", "type", "content", "u", "v", "w"]


@st.composite
def with_a_stray_quote(draw: st.DrawFn) -> tuple[list[str], int]:
    """Draw a table of which a quote opens in one row and closes in a later one, and its rows."""
    width = draw(st.integers(5, len(HEADER)))
    above, count = draw(BELOW), draw(st.integers(2, 5))
    opens = draw(st.integers(2, width - 1))
    closes = draw(st.integers(1, width - 1))
    rows = []
    for number in range(above + count + 1):
        more = draw(st.lists(WORDS, min_size=width - 4, max_size=width - 4))
        rows.append([f"Offer {number}", "Web banner", "html", f"<p>{number}</p>", *more])
    rows[above][opens] = f'"{rows[above][opens]}'
    rows[above + count - 1][closes] += '"'
    left_out = draw(st.integers(0, 2))
    for row in rows[above:]:
        while left_out and len(row) > max(opens, closes) + 1 and len(row) > width - left_out:
            row.pop()
    return [",".join(HEADER[:width]), *map(",".join, rows)], len(rows)
