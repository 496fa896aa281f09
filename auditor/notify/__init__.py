"""Telling a syslog server, or a command of the company's, that the status of a gateway changed; off unless configured.

`message` is what is told, `sending` and `command` carry it, `told` remembers what was told to whom, and `run` decides.
Nothing here is a probe: it runs after a scan is stored, and no failure of it loses or changes a scan.
"""
