"""The refusal to remove a content that hides a second one of its placement and language.

Columns show the first. If it were removed, or got another language, the second would show up in its
place: whatever would do that is refused.
"""

from typing import Final

from loader.validation.editing import Names, Uncovered

SECOND_CONTENT: Final = "second-content"
TAKE_ONE_AWAY: Final = "take one of the two away in the offer library"


def second_content(uncovered: Uncovered, names: Names) -> str:
    """Return why a content has to stay."""
    what = uncovered.content.words(names.words)
    return (
        f"{what} cannot be removed or get another language here: the offer has a second content for"
        " the same placement and language, which no column shows"
    )
