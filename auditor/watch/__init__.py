"""`auditor watch`: what exists only between two scans.

`daemon` waits for events and costs next to nothing; it loads no more than it needs. `look` is a survey like that of a
scan, in a child that ends. `journal` is the file both write; `between` is how a scan reads it.
"""
