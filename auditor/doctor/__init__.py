"""`auditor doctor`: what this host lets the agent see, and whether everything around a scan is healthy.

Each part is a function that yields `Advice`; `auditor.cli.doctor` asks them in order.
"""
