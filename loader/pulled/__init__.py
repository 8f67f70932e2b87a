"""The sheet of a pull: what a target has, in our columns, with what each offer was when pulled."""
