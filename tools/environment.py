"""Make the virtual environment that the Makefile works in, or say which system package is missing."""

import sys
import venv
from importlib.util import find_spec
from pathlib import Path


def main() -> int:
    """Create the environment named by the first argument; return 1 with advice if that cannot work here."""
    if sys.version_info < (3, 11):  # noqa: UP036 - said in words before pip says it in a traceback
        print(f"auditor needs Python 3.11 or newer; this is {sys.version.split()[0]}", file=sys.stderr)
        return 1
    if find_spec("ensurepip") is None:
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        print(
            "The system package python3-venv is missing (Debian and Ubuntu keep it apart from python3).\n"
            f"Install it and run make again:  sudo apt-get install python3-venv   (or python{version}-venv)",
            file=sys.stderr,
        )
        return 1
    target = Path(sys.argv[1])
    if not (target / "bin" / "python").exists():
        venv.EnvBuilder(with_pip=True, symlinks=True, clear=target.exists()).create(target)
    return 0


if __name__ == "__main__":
    sys.exit(main())
