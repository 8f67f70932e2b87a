"""Each rule of an undo is needed: without it there is a counter-example; with all there is none."""

import pytest

from tests.delivery.undo_model import (
    UNDO_SERVERS,
    UNSAFE_UNDOS,
    UndoRules,
    UndoServer,
    wrong_undo,
)


@pytest.mark.parametrize("name", UNSAFE_UNDOS)
def test_an_undo_without_one_of_its_rules_is_found_out(name: str) -> None:
    way = wrong_undo(*UNSAFE_UNDOS[name])

    assert way is not None


@pytest.mark.parametrize("server", UNDO_SERVERS, ids=str)
def test_ours_has_no_counter_example(server: UndoServer) -> None:
    assert wrong_undo(UndoRules(), server) is None
