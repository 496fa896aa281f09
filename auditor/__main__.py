"""Entry point of ``python -m auditor``."""

import sys

from auditor.entry import main

if __name__ == "__main__":
    sys.exit(main())
