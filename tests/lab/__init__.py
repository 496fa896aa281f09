"""A gateway with real daemons in namespaces of this machine, and what is true about it.

`Lab` builds it (as root, in some ten seconds) and takes it away again; `python -m tests.lab` shows it
to people. docs/lab.md describes what stands in it.
"""

from tests.lab.lab import EVERYTHING, NOBODY, SMALL, Lab, Scan
from tests.lab.node import LabError

__all__ = ["EVERYTHING", "NOBODY", "SMALL", "Lab", "LabError", "Scan"]
