"""Known wrong edits of the validator, each killed by a test: a table, its check, and the script that tries them."""
