"""Probes: one module a source of facts; `PROBES` is the list that runs."""
