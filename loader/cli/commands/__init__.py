"""A file for each verb. It imports what the verb does in the function, so that --help is quick."""
