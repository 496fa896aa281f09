"""A scan without its report: look, match and judge. Fails unless it finds `links` tunnels and leaves no gap.

python benchmarks/look.py LINKS
"""

import gc
import sys
from pathlib import Path


def main() -> None:
    """Scan this host as `auditor scan` does, which collects no garbage from its start on, nor at its end."""
    gc.disable()
    from auditor import pipeline
    from auditor.config import find_config, load_both
    from probes import PROBES

    files = load_both(find_config())
    scan = pipeline.scan(files.config, files.register, probes=PROBES)
    tunnels = sum(1 for found in scan.objects if found.tunnel)
    if tunnels != int(sys.argv[1]) or scan.gaps:
        sys.exit(f"{tunnels} tunnels instead of {sys.argv[1]}, gaps: {[gap.spot for gap in scan.gaps[:3]]}")
    print(len(scan.objects), len(scan.not_tunnels), scan.status)
    gc.freeze()


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    main()
