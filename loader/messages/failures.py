"""Why a whole file or a whole run is refused: the codes of `LoaderError`."""

from typing import Final

from loader.messages.code import table

REFUSALS: Final = table(
    [
        (
            "no-such-file",
            "No file has that name; the message names the nearest.",
            "Correct the path, or drag the file into the terminal to have it written for you.",
        ),
        (
            "not-a-file",
            "The name is that of a folder or a device.",
            "Name the files in it.",
        ),
        (
            "unreadable-file",
            "The system does not let the loader read the file, or it breaks while it is read.",
            "Ask its owner for permission, or copy it to a folder of yours.",
        ),
        (
            "file-changed",
            "Something wrote to the file while it was read.",
            "Wait until it is written, then run the same command again.",
        ),
        (
            "empty-file",
            "The file has 0 bytes.",
            "Save or export it again.",
        ),
        (
            "no-rows",
            "There is a header and nothing below it, or nothing at all.",
            "Fill in at least one offer, or name the sheet that has them with --sheet.",
        ),
        (
            "not-a-spreadsheet",
            "The contents are of another kind than the name says, or of none that is read.",
            "Open it in a spreadsheet program and save it as .xlsx or .csv.",
        ),
        (
            "password",
            "The workbook or archive is protected by a password.",
            "Save it without one.",
        ),
        (
            "damaged-file",
            "The file is cut off or broken, often by a download that did not end.",
            "Get it again, or open it in a spreadsheet program, let it repair the file, save it.",
        ),
        (
            "beyond-limits",
            "Reading it would take far more memory or time than any spreadsheet needs.",
            "Save the sheet as .csv, delete what is blank, or split it.",
        ),
        (
            "no-room",
            "Reading it takes temporary files, and the disk where they go is full.",
            "Make room there, or set TMPDIR to a folder on a disk that has some; run it again.",
        ),
        (
            "xml-entities",
            "The workbook declares XML entities, which only attacks do.",
            "Save it again with a spreadsheet program.",
        ),
        (
            "parser-failed",
            "The parser ended in the middle of the file. Nothing else was harmed.",
            "Open it in a spreadsheet program and save it again as .xlsx or .csv.",
        ),
        (
            "archive-contents",
            "A zip archive must hold exactly one file, without a password.",
            "Unpack it and name the file to load.",
        ),
        (
            "no-such-sheet",
            "The workbook has no sheet of that name, or only hidden ones.",
            "Name one of the sheets that the message lists with --sheet.",
        ),
        (
            "no-header",
            "The row that was named as the header is blank or too far down.",
            "Give the row that holds the headings with --header-row.",
        ),
        (
            "wrong-columns",
            "Columns are missing, unknown or there twice; the message lists all of them.",
            "Correct the headings, or start from the sheet that `loader template` writes.",
        ),
        (
            "too-many-columns",
            "The header has more columns than are read.",
            "Remove the columns that are not needed.",
        ),
        (
            "wrong-encoding",
            "The text does not fit the encoding that was named or guessed.",
            "Save the file as CSV UTF-8, or name its encoding with --encoding.",
        ),
        (
            "bad-delimiter",
            "What was given with --delimiter is not one character.",
            "Give one, such as ; or tab.",
        ),
        (
            "broken-quotes",
            "A quote is opened and never closed, or text follows a closed one: rows would be lost.",
            "Close the quote in the row that the message names, or double it.",
        ),
        (
            "broken-json",
            "A line of a JSON Lines file is not one whole object.",
            "Mend or remove the line that the message names.",
        ),
        (
            "query-failed",
            "The database cannot be reached, or refuses the query; the message has its words.",
            "Check URL, rights and query; the query must be one SELECT.",
        ),
        (
            "unusable-source",
            "The source as a whole cannot be used; the message says why.",
            "Do what the message says.",
        ),
        (
            "settings",
            "A setting is missing, malformed, or contradicts another.",
            "Correct it where the message says it comes from; `loader doctor` tries them all.",
        ),
        (
            "not-writable",
            "A file cannot be written where it should be.",
            "Close the program that has it open, or choose another place.",
        ),
        (
            "journal",
            "The journal, which remembers what was created, cannot be read or written.",
            "Free some space or correct its rights. Do not delete it: the loader would forget.",
        ),
        (
            "journal-busy",
            "Another loader is at work with the same journal.",
            "Wait for it to end.",
        ),
        (
            "journal-mismatch",
            "The file is no journal, or one of a newer version of the loader.",
            "Name the right one with --journal, or bring the loader up to date.",
        ),
        (
            "illegal-move",
            "A row would have moved in a way that the life cycle forbids: a fault of the loader.",
            "Report it. Nothing more was sent.",
        ),
        (
            "target",
            "The API as a whole cannot be used; the message has its own words.",
            "`loader doctor` says what to correct; then run the same command again.",
        ),
        (
            "names-not-listed",
            "A name must be looked up, and the API does not list placements or tags to us.",
            "Give the credential the right to read them, or write ids.",
        ),
        (
            "no-access",
            "No token could be had, or the API refuses it.",
            "Check the client id, the secret and the credential's product profile.",
        ),
        (
            "too-many-errors",
            "The run stopped itself, because too many rows failed.",
            "Look at what they have in common, mend it, and `loader resume`.",
        ),
        (
            "unexpected",
            "A fault of the loader. A log with the details was written and named.",
            "Report it with the log; running the same command again is safe.",
        ),
    ]
)
