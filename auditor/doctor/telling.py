"""Would a change of status reach somebody, and the metrics node-exporter?"""

import os
import stat
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from auditor.config import load_config
from auditor.doctor.advice import Advice, Health
from auditor.errors import AuditorError
from auditor.formats.syslog import target
from auditor.model.register import NotifySettings
from auditor.model.text import Text
from auditor.notify import told
from reports import FORMATS

_NAME = Text("notifications", "通知")
_METRICS = Text("metrics for node-exporter", "node-exporter指标")
_PLACE = Text(
    "install node-exporter, or set [report] textfile_directory to what its --collector.textfile.directory says",
    "安装node-exporter，或将[report] textfile_directory设为其--collector.textfile.directory所指目录",
)


def notifications(config: str | None, directory: Path) -> Iterator[Advice]:
    """Yield whether the ways of [notify] are there and worked last time; nothing where none is configured."""
    try:
        settings = load_config(config).notify
    except AuditorError:
        return  # NOTE: what is wrong with the configuration is said where it is examined
    found = [*_syslog(settings), *_command(settings), *_failed(directory)]
    if found:
        yield from found
    elif settings.is_on:
        yield Advice(Health.FINE, _NAME, Text(f"told on: {settings.on}", f"通知条件：{settings.on}"))


def _syslog(settings: NotifySettings) -> Iterator[Advice]:
    """Yield what is wrong with the socket that messages go to; a server elsewhere is not asked."""
    if settings.syslog is None or (to := target(settings.syslog)).how != "unix":
        return
    try:
        is_socket = stat.S_ISSOCK(Path(to.host).stat().st_mode)
    except OSError as error:
        yield _out_of_reach(_NAME, to.host, error)
        return
    if not is_socket:
        yield Advice(Health.CARE, _NAME, Text(f"{to.host}: is no socket", f"{to.host}：不是套接字"))


def _out_of_reach(about: Text, path: Path | str, error: OSError) -> Advice:
    """Return why nothing can be said of the file `path`."""
    reason = error.strerror or "error"
    return Advice(Health.CARE, about, Text(f"{path}: {reason}", f"{path}：{reason}"))


def _command(settings: NotifySettings) -> Iterator[Advice]:
    """Yield what is wrong with the command."""
    if settings.command is None or (Path(settings.command).is_file() and os.access(settings.command, os.X_OK)):
        return
    says = Text(f"{settings.command}: is no program that may be run", f"{settings.command}：不是可执行的程序")
    yield Advice(Health.CARE, _NAME, says)


def _failed(directory: Path) -> Iterator[Advice]:
    """Yield what could not be told last time; the next scan tells it again."""
    for name, entry in sorted(told.read(directory).items()):
        if entry.problem is not None:
            yield Advice(
                Health.CARE,
                _NAME,
                Text(
                    f"{name} failed at {entry.failed_at}: {entry.problem}; the next scan tells it again",
                    f"{name}于{entry.failed_at}失败：{entry.problem}；下次扫描将再次通知",
                ),
            )


def metrics(config: str | None) -> Iterator[Advice]:
    """Yield whether node-exporter finds the metrics of the last scan; nothing where none are asked for."""
    try:
        wanted = load_config(config).report.textfile_directory
    except AuditorError:
        return  # NOTE: as above
    if wanted is None:
        return
    directory, file = Path(wanted), Path(wanted, FORMATS["prometheus"].file)
    if not directory.is_dir():
        says = Text(f"{directory}: is no directory; every scan ends in 3", f"{directory}：不是目录；每次扫描均以3结束")
        yield Advice(Health.BROKEN, _METRICS, says, _PLACE)
        return
    try:
        status = file.stat()
    except OSError as error:
        yield _out_of_reach(_METRICS, file, error)
        return
    at = datetime.fromtimestamp(status.st_mtime, UTC).isoformat(timespec="seconds")
    if not status.st_mode & stat.S_IROTH:
        says = Text(f"{file}: node-exporter may not read it", f"{file}：node-exporter无权读取")
        yield Advice(Health.CARE, _METRICS, says, Text("chmod o+r", "chmod o+r"))
        return
    yield Advice(Health.FINE, _METRICS, Text(f"{file}, of {at}", f"{file}，写于{at}"))
