"""Many scans of a lab that changes all the time, with everything going wrong in between, against a model.

`world` is what is really there, `attempt` one scan that may be killed, `model` what must be remembered of it, `story`
the random order of things. ``python -m tests.remembered --scans 1000`` runs it; `tests/e2e/test_remembered.py` a part.
"""
