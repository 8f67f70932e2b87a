"""The sheet of a pull, written and read: its columns, and what each offer was when pulled."""
