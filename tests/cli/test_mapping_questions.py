"""`loader mapping` at a real terminal: what a person is asked, and what becomes of the answers."""

import codecs
import os
import pty
import select
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.support.forked import Forked
from tests.support.workbooks import Loader

EXPORT = """Nom;Emplacemnt;Etat;Texte;Valable du;Valable jusqu'au;Nom de l'offre
a;Web banner;Actif;<p>Dès 50 €</p>;01/02/2026;31/03/2026;Livraison
b;Web banner;Archivé;<p>Tout</p>;03/04/2026;;Soldes
"""
PROMPT = "answer"
END_OF_INPUT = "\x04"  # what Ctrl-D types
PATIENCE = 60  # seconds, on a busy machine


@dataclass(slots=True, kw_only=True)
class Terminal:
    """A terminal with a loader in it, as a person has it."""

    process: Forked
    screen_fd: int
    screen: str = ""
    _decoder: codecs.IncrementalDecoder = field(
        default_factory=codecs.getincrementaldecoder("utf-8")
    )

    def until_asked(self) -> str:
        """Read what appears, up to the next question or the end; return it."""
        before = len(self.screen)
        while not self._is_asking(before):
            text = self._next()
            if not text:
                break
            self.screen += text.replace("\r\n", "\n")
        return self.screen[before:]

    def _next(self) -> str:
        """What appears next; "" when the other end is closed."""
        ready, _, _ = select.select([self.screen_fd], [], [], PATIENCE)
        assert ready, f"nothing more appears:\n{self.screen}"
        try:
            return self._decoder.decode(os.read(self.screen_fd, 4096))
        except OSError:
            return ""

    def _is_asking(self, before: int) -> bool:
        last = self.screen[before:].rsplit("\n", 1)[-1].strip()
        return last.startswith(PROMPT) and last.endswith(":")

    def type(self, text: str) -> None:
        os.write(self.screen_fd, text.encode())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "export.csv").write_bytes(EXPORT.encode("utf-8"))
    return tmp_path


@pytest.fixture
def terminal(folder: Path) -> Iterator[Terminal]:
    screen, keyboard = pty.openpty()
    process = Loader(folder=folder).start(
        *("mapping", "export.csv"), stdin=keyboard, stdout=keyboard, stderr=keyboard
    )
    os.close(keyboard)
    yield Terminal(process=process, screen_fd=screen)
    process.kill()
    process.wait()
    os.close(screen)


def answer(terminal: Terminal, answers: Sequence[str]) -> list[str]:
    """Give the answers, one after the other; return what stood on the screen before each."""
    shown = []
    for text in answers:
        shown.append(terminal.until_asked())
        terminal.type(f"{text}\n")
    shown.append(terminal.until_asked())
    return shown


def test_a_person_answers_makes_mistakes_and_gets_what_was_said(
    terminal: Terminal, folder: Path
) -> None:
    dialogue = {
        "each heading means name. Which column is it?": "G",
        'Column B "Emplacemnt", with "Web banner": is it placement (the name': "placment",
        'no field is called "placment"; did you mean placement?': "",
        "No column holds content": "Text",
        '"Text" is not the name of one column; did you mean "Texte"?': "Texte",
        '"Actif" mean as status?': "",
        '"Archivé" mean as status?': "archived",
        '"archived" is none of our words': "skip",
        '"01/02/2026" 1 February 2026 or 2 January 2026?': "day",
        "in which time zone are these dates?": "Paris",
        'no time zone is called "Paris"': "Europe/Paris",
    }

    shown = answer(terminal, [*dialogue.values()])

    for text, on_screen in zip(dialogue, shown, strict=False):
        assert text in on_screen, terminal.screen
    assert "not read: column A" in shown[-1]
    assert "still to be decided" not in shown[-1]
    assert "loader check export.csv --mapping export.toml" in shown[-1]
    assert terminal.process.wait(30) == 0
    assert tomllib.loads((folder / "export.toml").read_text("utf-8")) == {
        "date_format": "DD/MM/YYYY",
        "zone": "Europe/Paris",
        "ignore": ["Nom"],
        "skip": [{"column": "Etat", "equals": ["Archivé"]}],
        "fields": {
            "name": "Nom de l'offre",
            "placement": "Emplacemnt",
            "content": "Texte",
            "status": {"from": "Etat", "values": {"Actif": "approved"}},
            "start_date": "Valable du",
            "end_date": "Valable jusqu'au",
        },
    }


def test_a_dash_leaves_out_or_open_and_what_is_open_is_said_at_the_end(
    terminal: Terminal, folder: Path
) -> None:
    shown = answer(terminal, ["-", "-", "= Web text", "-", "-", "-", "day", "-"])

    assert terminal.process.wait(30) == 0, terminal.screen
    assert "each heading means name" in shown[-1].split("still to be decided")[1]
    assert "No column holds content" in shown[-1]
    text = (folder / "export.toml").read_text("utf-8")
    assert 'ignore = ["Emplacemnt", "Texte"]' in text
    assert 'placement = { constant = "Web text" }' in text
    assert 'status = "Etat"' in text
    assert '# ? name = "Nom"' in text


def test_who_leaves_in_the_middle_has_no_profile(terminal: Terminal, folder: Path) -> None:
    terminal.until_asked()
    terminal.type(END_OF_INPUT)

    assert "interrupted" in terminal.until_asked()
    assert terminal.process.wait(30) == 130
    assert not (folder / "export.toml").exists()
