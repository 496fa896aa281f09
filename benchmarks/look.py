"""A scan without its report: look, match and judge, then print how much was found."""

import gc
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from auditor import pipeline
from auditor.config import find_config, load_both
from probes import PROBES

if __name__ == "__main__":
    gc.disable()  # as `auditor scan` does
    files = load_both(find_config())
    scan = pipeline.scan(files.config, files.register, probes=PROBES)
    print(len(scan.objects), len(scan.not_tunnels), len(scan.gaps), scan.status)
