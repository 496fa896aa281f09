"""Scans remembered: each a complete file, chained by digests; nothing else keeps state.

`store` writes, `journal` reads the chain, `verify` checks every byte, `diff` tells two scans apart.
"""
