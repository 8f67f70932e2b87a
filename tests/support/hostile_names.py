"""Names that are paths, or that no file should have: every door refuses or survives them."""

from typing import Final

PATHS: Final = (
    *(b"../outside", b"../../outside/canary.csv", b"/etc/cron.d/x.csv", b"a/b.csv", b"./x.csv"),
    *(b"..\\outside\\x.csv", b"C:x.csv", b"c:\\x.csv", b"nul\0.csv", b"\\\\host\\share\\x.csv"),
)
UNREADABLE: Final = (
    *(b"latin\xe9.csv", b"\xed\xa0\x80.csv", b"tab\t.csv", b"line\n.csv", b"bell\x07.csv"),
    *("\uffff.csv".encode(), "\u202egpj.csv".encode(), b"\x1b[2J.csv"),
)
TOO_LONG: Final = b"x" * 300 + b".csv"
