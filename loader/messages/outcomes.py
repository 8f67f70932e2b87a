"""What stops nothing (notices of files), and what became of rows that were sent."""

from typing import Final

from loader.messages.code import table

NOTICES: Final = table(
    [
        (
            "wrong-extension",
            "The file is of another kind than its name says; it was read as what it is.",
            "Nothing to do; a better name spares the next reader a surprise.",
        ),
        (
            "unknown-variable",
            "A variable of the environment begins with LOADER_ but is no setting.",
            "Correct its name, or remove it: `loader explain settings` lists them.",
        ),
        (
            "macros",
            "The workbook has macros. They are not run.",
            "Nothing to do.",
        ),
        (
            "external-links",
            "Formulas look into other files, which are not opened: the values as last saved count.",
            "Open the workbook, let it update the links, and save it, if they may have changed.",
        ),
        (
            "other-sheets",
            "The workbook has sheets that were not read.",
            "Name one with --sheet, or all visible ones with --sheet '*'.",
        ),
        (
            "hidden-sheet",
            "The sheet that was read is hidden in the workbook.",
            "Nothing to do, if it is the one you meant.",
        ),
        (
            "hidden-rows",
            "Rows are hidden or filtered out; the notice says whether they were loaded.",
            "Choose with --hidden-rows load or --hidden-rows skip.",
        ),
        (
            "looked-up-at-load",
            "What the names of placements and tags mean, the target knows; a check asks nobody.",
            "Nothing to do; `loader check --online` looks them up now.",
        ),
        (
            "placements-not-listed",
            "The API does not let this credential list placements, so their facts are not known.",
            "Nothing to do, if the types are given; else give the credential the right to read.",
        ),
        (
            "tags-not-listed",
            "The API does not let this credential list tags.",
            "Write the ids of the tags, or give the credential the right to read them.",
        ),
        (
            "read-as",
            "A heading in other words was taken for a known column; the notice says which.",
            "Rename the column, if another was meant.",
        ),
        (
            "columns-ignored",
            "The column profile says that these columns are not offers' fields; they are not read.",
            "Nothing to do, or give them a field in the profile.",
        ),
        (
            "rows-skipped",
            "The column profile says that these rows are not offers (`[[skip]]`).",
            "Nothing to do, or correct the profile.",
        ),
        (
            "lines-above-header",
            "The header was not in the first row; what stands above it was not loaded.",
            "Nothing to do, if the header is the right one; else give --header-row.",
        ),
        (
            "encoding-guessed",
            "The text is not UTF-8, so its encoding was guessed; the notice shows a sample.",
            "If the sample looks wrong, name the encoding with --encoding.",
        ),
        (
            "delimiter-guessed",
            "More than one character could separate the columns.",
            "If the columns look wrong, give it with --delimiter.",
        ),
        (
            "left-out",
            "A pattern also matches results of the loader or lock files, which are no sources.",
            "Nothing to do; to load such a file, name it in full.",
        ),
        (
            "named-twice",
            "The same file was named more than once; it is read once.",
            "Nothing to do.",
        ),
        (
            "same-contents",
            "Two files have the same bytes: the rows of the second are duplicates.",
            "Nothing to do, if it is a copy; else look for the file that was meant.",
        ),
        (
            "sheet-without-offers",
            "Of all sheets, this one has no known heading and was not read.",
            "Nothing to do, if it holds no offers; else correct its headings.",
        ),
        (
            "not-annotated",
            "The copy with the wrong cells marked could not be written beside the file.",
            "Name another place with --annotate PATH. The errors are all in the output.",
        ),
        (
            "plain-copy",
            "The workbook cannot be copied with its formatting; the marked copy has its rows only.",
            "Nothing to do: mend the rows in the copy or in your own file.",
        ),
        (
            "not-kept",
            "The marked copy lacks parts of the workbook. Your own file is as it was.",
            "Mend your own file, if you need them.",
        ),
        (
            "comments-left-out",
            "So many cells are wrong that comments in all of them would make the workbook slow.",
            "Look into the Errors sheet, which has all of them.",
        ),
        (
            "outdated-copy",
            "Nothing is wrong any more, but a marked copy of an earlier check is still there.",
            "Delete it.",
        ),
        (
            "zone-default",
            "Dates have no offset, and no time zone was chosen: UTC is taken.",
            "Choose with --zone, or `zone` in a profile of loader.toml.",
        ),
        (
            "unordered-query",
            "Rows of a query are numbered by their place in the answer, which nothing fixes.",
            "Add ORDER BY with a unique column, so that row numbers mean the same tomorrow.",
        ),
        (
            "source-changed",
            "An earlier run read another version of the file.",
            "Nothing to do: what that run created is not created again.",
        ),
    ]
)

ANSWERS: Final = table(
    [
        (
            "file-rejected",
            "Other rows of the dropped file are invalid, and its inbox takes whole files only.",
            "Mend the invalid rows and drop the file again, or set on_invalid to load-valid.",
        ),
        (
            "already-exists",
            "An offer of that name stands on the server, and this loader did not create it.",
            "Rename the row, or choose with --on-existing.",
        ),
        (
            "http-NNN",
            "The API answered with that status (400: it refuses this row); its words are beside.",
            "Mend what the words name. 4xx: the row; 5xx: try again later.",
        ),
        (
            "bad-headers",
            "The API says that every request lacks something.",
            "Check the settings with `loader doctor`.",
        ),
        (
            "created-no-ids",
            "The API said created, but gave no ids.",
            "`loader resume` looks the offer up. It is never sent again.",
        ),
        (
            "contention",
            "The API was busy with another change of the same kind.",
            "Nothing to do: the row is sent again.",
        ),
        (
            "too-many-requests",
            "The API asked to slow down.",
            "Nothing to do: the loader did. Lower --max-per-second if it happens often.",
        ),
        (
            "too-early",
            "The API asked to send the request again later.",
            "Nothing to do: the row is sent again.",
        ),
        (
            "token-refused",
            "The API does not accept the token, not even a new one.",
            "`loader doctor` says what is wrong; then `loader resume`.",
        ),
        (
            "no-token",
            "No token could be had, so nothing was sent.",
            "`loader doctor` says what is wrong; then `loader resume`.",
        ),
        (
            "connect-error",
            "The server could not be reached; nothing was sent.",
            "Check network, proxy and address; then `loader resume`.",
        ),
        (
            "connect-timeout",
            "The server did not take the connection in time; nothing was sent.",
            "Check network, proxy and address; then `loader resume`.",
        ),
        (
            "pool-timeout",
            "No connection was free in time; nothing was sent.",
            "`loader resume`; lower --max-in-flight if it happens often.",
        ),
        (
            "proxy-error",
            "The proxy did not let the request through.",
            "Check the proxy's settings; then `loader resume`.",
        ),
        (
            "timeout",
            "No reply came in time: nobody knows yet whether the offer exists.",
            "`loader resume` looks before it sends again.",
        ),
        (
            "connection-lost",
            "The connection broke: nobody knows yet whether the offer exists.",
            "`loader resume` looks before it sends again.",
        ),
        (
            "bad-reply",
            "The reply could not be read: nobody knows yet whether the offer exists.",
            "`loader resume` looks before it sends again.",
        ),
        (
            "redirected",
            "The server sends requests on to another place, which is not followed.",
            "Correct LOADER_API_URL.",
        ),
        (
            "bad-request",
            "The request cannot be written: the address or a header is malformed.",
            "Check the settings with `loader doctor`.",
        ),
        (
            "interrupted",
            "The loader ended while the request was on its way.",
            "`loader resume` looks before it sends again.",
        ),
        (
            "not-sent",
            "The row was taken back before it was sent, because the run stopped.",
            "`loader resume`.",
        ),
        (
            "recovered",
            "No reply was seen, but the offer was found on the server.",
            "Nothing to do: its ids are in the results.",
        ),
        (
            "absent",
            "No reply was seen, and the offer is proven not to be on the server.",
            "`loader resume` sends the row again.",
        ),
        (
            "unproven",
            "No reply was seen, and looking for the offer did not settle it.",
            "Look at the evidence beside the row, then decide with `loader resolve`.",
        ),
    ]
)
