"""One scan with all that an outside auditor needs, in one file that can be verified without this program.

`parts` decides what goes in, `folder` holds it, `instructions` says how to verify it, `archive` makes it one file.
"""
