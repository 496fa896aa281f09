"""A made /proc with one daemon, for tests of its reader."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from auditor.daemons.files import ProcessFiles
from auditor.errors import SourceError
from auditor.host import Host
from auditor.model.rows import DaemonInstance, Process

SECRET = "hunter2-never-to-be-seen"
Reader = Callable[[Process, ProcessFiles], Iterator[DaemonInstance]]


def ask(
    root: Path,
    reader: Reader,
    arguments: Iterable[str] | bytes,
    files: dict[str, str] | None = None,
    *,
    exe: str = "/usr/sbin/daemon",
    held: tuple[str, ...] = (),
) -> tuple[list[DaemonInstance], list[str]]:
    """Return the rows of `reader`, and its gaps as "SOURCE: DETAIL"; no secret is in either."""
    process = Process(pid=40, comm="daemon", exe=exe, netns=1, mntns=7, tun_devices=held)
    inside = root / "proc/40/root"
    inside.mkdir(parents=True, exist_ok=True)
    raw = arguments if isinstance(arguments, bytes) else b"".join(f"{one}\0".encode() for one in ("x", *arguments))
    (root / "proc/40/cmdline").write_bytes(raw)
    if not (root / "proc/40/cwd").is_symlink():
        (root / "proc/40/cwd").symlink_to("/start")
    for path, content in (files or {}).items():
        (inside / path.lstrip("/")).parent.mkdir(parents=True, exist_ok=True)
        (inside / path.lstrip("/")).write_text(content)
    asked = ProcessFiles(Host(str(root)), process)
    rows: list[DaemonInstance] = []
    try:
        rows += reader(process, asked)
    except SourceError as error:
        asked.gap("reader", error)
    gaps = [f"{source}: {error}" for source, error in asked.gaps]
    assert SECRET not in repr((rows, gaps))
    return rows, gaps
