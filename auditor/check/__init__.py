"""`auditor check`: what monitoring asks, answered from the last scan.

Nothing here imports more than it needs: a check runs every few minutes on every gateway and may cost little more
than starting Python. `tests/e2e/test_check_cost.py` keeps it so.
"""
