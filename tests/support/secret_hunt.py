"""Look for secrets, in every spelling, in all that a loader leaves behind or shows meanwhile."""

import base64
import html
import json
import threading
import time
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

_CUT = 4  # letters: what is left is still the secret
_PAUSE_SECONDS = 0.005


def spellings(secret: str) -> set[str]:
    """Return every way to write a secret that must not be found, in small letters."""
    plain = {secret, secret[:-_CUT], secret[_CUT:]}
    escaped = {
        "".join(f"%{byte:02x}" for byte in secret.encode()),
        "".join(f"\\u{ord(letter):04x}" for letter in secret),
        "".join(f"&#{ord(letter)};" for letter in secret),
        secret.encode().hex(),
        str(list(secret.encode()))[1:-1],
        *(form for one in plain for form in (quote(one, safe=""), html.escape(one))),
        *(json.dumps(one)[1:-1] for one in plain),
    }
    coded = {  # also as a part of a longer text
        base64.b64encode(b"\0" * before + secret.encode()).decode()[_CUT : -_CUT - 2]
        for before in range(3)
    }
    cut = {one[: len(one) * 3 // 4] for one in escaped if len(one) > 3 * len(secret)}
    return {one.lower() for one in plain | escaped | coded | cut}


@dataclass(slots=True, kw_only=True)
class SecretHunt:
    """All texts that were added, by their source."""

    secrets: Iterable[str]
    texts: dict[str, str] = field(default_factory=dict)

    def add(self, where: str, text: str) -> None:
        """Add a text."""
        self.texts[f"{where} {len(self.texts)}"] = text

    def add_folder(self, folder: Path) -> None:
        """Add every file with its name, and the contents of workbooks and archives."""
        for path in sorted(folder.rglob("*")):
            self.add("name", path.name)
            if not path.is_file() or path.is_symlink():
                continue
            self.add(str(path.relative_to(folder)), path.read_bytes().decode("latin-1"))
            if zipfile.is_zipfile(path):
                with zipfile.ZipFile(path) as packed:
                    for name in packed.namelist():
                        self.add(f"{path.name}/{name}", packed.read(name).decode("latin-1"))

    @contextmanager
    def watching(self, pid: int) -> Iterator[None]:
        """Add the command lines and environments of all descendants of a process.

        A forked loader shows the environment of the process that it was forked from: its own is in
        its memory only. What it starts shows what it was given.
        """
        is_over = threading.Event()
        thread = threading.Thread(target=self._watch, args=(pid, is_over), daemon=True)
        thread.start()
        try:
            yield
        finally:
            is_over.set()
            thread.join(10)

    def _watch(self, pid: int, is_over: threading.Event) -> None:
        seen: set[str] = set()
        while not is_over.is_set():
            for each in _descendants(pid):
                for part in ("cmdline", "environ"):
                    with suppress(OSError):
                        text = Path(f"/proc/{each}/{part}").read_bytes().decode("latin-1")
                        if text not in seen:
                            seen.add(text)
                            self.add(f"{part} of a child", text)
            time.sleep(_PAUSE_SECONDS)

    def assert_nothing(self) -> None:
        """Fail with the place of the first secret that was found."""
        assert self.texts
        forms = {form: secret for secret in self.secrets for form in spellings(secret)}
        for where, text in self.texts.items():
            small = text.lower()
            for form in forms:
                at = small.find(form)
                assert at < 0, f"{where}: …{text[max(0, at - 150) : at + 150]}…"


def _descendants(pid: int) -> Iterator[int]:
    with suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                yield int(child)
                yield from _descendants(int(child))
