"""Column profiles: how the headings and values of a foreign sheet become ours.

    TOML document -> Profile -> (with a header) BoundProfile -> (with a chunk) mapped chunk

Pure: the file is read by `loader.profile.file`, and rows are checked after this step as if the
sheet had been written in our own columns.
"""
