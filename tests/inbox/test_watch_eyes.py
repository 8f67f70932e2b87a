"""`loader watch` is seen: people told, numbers served, JSON logged, no secret in any of it."""

import json
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

from tests.support.free_ports import free_port
from tests.support.listeners import running_hook, running_mailbox
from tests.support.workbooks import Loader, write_offers

SETTINGS = """
[inbox]
settle_seconds = 0
scan_seconds = 0.1

[metrics]
address = "127.0.0.1:{port}"
textfile = "loader.prom"

[notify.webhook]
shape = "json"

[notify.email]
host = "127.0.0.1"
port = {mail}
security = "none"
sender = "loader@example.com"
recipients = ["ops@example.com"]
"""


def get(port: int, path: str) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=20) as reply:
        text: str = reply.read().decode()
        return text


def test_a_file_is_told_counted_and_logged_and_no_secret_is_shown(tmp_path: Path) -> None:
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    write_offers(inbox / "offers.csv", ["One", "Two"])
    port = free_port()
    with running_hook() as hook, running_mailbox(tmp_path) as mailbox:
        text = SETTINGS.format(port=port, mail=mailbox.port)
        (tmp_path / "loader.toml").write_text(text, "utf-8")
        loader = Loader(folder=tmp_path, variables={"LOADER_WEBHOOK_URL": hook.url})
        process = loader.start("watch", "inbox", "--sandbox")
        assert hook.heard.wait(60)
        assert mailbox.heard.wait(60)
        numbers, health = get(port, "/metrics"), get(port, "/healthz")
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=60)

    assert process.returncode == 0
    assert 'loader_rows_total{folder=".",outcome="created"} 2.0' in numbers
    assert 'loader_request_seconds_count{outcome="created"} 2.0' in numbers
    assert json.loads(health)["status"] == "ok"
    assert 'loader_files_total{folder=".",outcome="loaded"} 1.0' in (
        tmp_path / "loader.prom"
    ).read_text("utf-8")
    report = json.loads(hook.bodies[0])["report"]
    assert report["outcome"] == "loaded"
    assert [part.get_filename() for part in mailbox.mails[0].iter_attachments()] == [
        "offers.csv.results.xlsx"
    ]
    lines = [json.loads(line) for line in err.splitlines()]
    (ended,) = [line for line in lines if line["event"] == "file ended"]
    assert (ended["file"], ended["run"]) == ("offers.csv", report["run_id"])
    assert "s3cr3t" not in out + err + numbers + json.dumps(report)


def test_a_test_message_says_who_is_told_and_why_not(tmp_path: Path) -> None:
    nobody = Loader(folder=tmp_path).run("inbox", "test-notify")
    with running_hook() as hook:
        text = SETTINGS.format(port=free_port(), mail=free_port())
        (tmp_path / "loader.toml").write_text(text, "utf-8")
        loader = Loader(folder=tmp_path, variables={"LOADER_WEBHOOK_URL": hook.url})
        half = loader.run("inbox", "test-notify")

    assert nobody.code == 2
    assert "no recipient is set" in nobody.err
    assert half.code == 1
    assert half.out.splitlines() == [
        "webhook: notified",
        "e-mail: the mail server cannot be used (ConnectionRefusedError)",
    ]
    assert "this is a test" in json.loads(hook.bodies[0])["text"]


def test_a_mistake_in_its_tables_is_said_before_anything_is_claimed(tmp_path: Path) -> None:
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    write_offers(inbox / "offers.csv", ["One"])
    for text, hook, said in (
        ("", "hooks/s3cr3t", "a whole address is expected"),
        ('[metrics]\ntextfile = "loader.txt"', "", "end in .prom"),
        ('[log]\nform = "xml"', "", "auto, text or json"),
    ):
        (tmp_path / "loader.toml").write_text(text, "utf-8")
        loader = Loader(folder=tmp_path, variables={"LOADER_WEBHOOK_URL": hook})
        ran = loader.run("watch", "inbox", "--once", "--sandbox")

        assert ran.code == 2
        assert said in ran.err
        assert "s3cr3t" not in ran.err
    assert [path.name for path in inbox.iterdir()] == ["offers.csv"]


def test_schedules_are_shown_and_a_command_that_lacks_something_says_what(tmp_path: Path) -> None:
    loader = Loader(folder=tmp_path)
    none = loader.run("watch", "--next")
    (tmp_path / "loader.toml").write_text(
        '[[schedule]]\nname = "nightly"\ncron = "30 2 * * *"\nzone = "Europe/Paris"\n', "utf-8"
    )

    shown = loader.run("watch", "inbox", "--next", "--json")
    homeless = loader.run("watch", "--scheduled")
    missing = loader.run("watch")
    both = loader.run("watch", "inbox", "--once", "--scheduled")

    assert (none.code, shown.code, homeless.code, missing.code, both.code) == (2, 0, 2, 2, 2)
    assert "there is no [[schedule]]" in none.err
    first = shown.json["next"][0]  # type: ignore[index]
    assert (first["schedule"], first["inbox"]) == ("nightly", "inbox")
    assert first["local"][10:] in ("T02:30:00+01:00", "T02:30:00+02:00", "T03:00:00+02:00")
    assert "names no inbox" in homeless.err
    assert "INBOX" in missing.err
    assert "contradict" in both.err


def test_help_and_check_import_none_of_it(tmp_path: Path) -> None:
    heavy = ("prometheus_client", "structlog", "cronsim", "fsspec", "s3fs", "asyncssh", "smtplib")
    script = (
        "import sys; from loader.__main__ import main; main(['check', 'offers.csv', '--quiet']);"
        f"main(['watch', '--help']); print([m for m in {heavy!r} if m in sys.modules])"
    )
    write_offers(tmp_path / "offers.csv", ["One"])
    ran = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=True
    )

    assert ran.stdout.rstrip().endswith("[]")
