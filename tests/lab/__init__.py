"""A gateway with real daemons in namespaces of this machine, and what is true about it.

`Lab` builds it (as root, in some ten seconds) and takes it away again; `python -m tests.lab` shows it
to people. docs/lab.md describes what stands in it.
"""

from tests.lab.lab import NOBODY, Lab, Scan
from tests.lab.node import LabError
from tests.lab.sets import EVERYTHING, KERNEL_SETS, SETS, SMALL

__all__ = ["EVERYTHING", "KERNEL_SETS", "NOBODY", "SETS", "SMALL", "Lab", "LabError", "Scan"]
