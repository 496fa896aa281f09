"""Does anything scan regularly, and can what it stores be relied on?"""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from auditor.check.state import age_s, last_scan, spoken
from auditor.check.summary import Unfit
from auditor.doctor.advice import Advice, Health
from auditor.history.store import DIRECTORY
from auditor.history.verify import verify
from auditor.model.text import Text
from auditor.watch.between import alive
from auditor.watch.journal import DIRECTORY as WATCH
from auditor.watch.journal import state_of
from auditor.watch.told import safe

_TIMER = Text("regular scans", "定期扫描")
_LAST = Text("last scan", "最近一次扫描")
_HISTORY = Text("history", "扫描历史")
_SPACE = Text("free space", "可用空间")
_WATCH = Text("watch between scans", "两次扫描之间的监听")
_ENABLE_WATCH = Text(*["systemctl enable --now auditor-watch.service"] * 2)
_LISTEN_THERE = Text(
    "give auditor-watch.service CAP_SYS_ADMIN (auditor-watch.service.d/namespaces.conf.example)",
    "为auditor-watch.service授予CAP_SYS_ADMIN（auditor-watch.service.d/namespaces.conf.example）",
)
_SAID_AT_MOST = 6
_MAX_AGE_S = 26 * 3600
_LEAST_FREE_BYTES = 200 << 20
_CRON = ("/etc/crontab", "/etc/cron.d", "/etc/cron.daily", "/etc/cron.hourly")


def timer() -> Iterator[Advice]:
    """Yield whether a systemd timer or cron starts scans."""
    if (state := _unit_state("auditor.timer")) in ("active", "inactive"):
        if state == "active":
            yield Advice(Health.FINE, _TIMER, Text("auditor.timer is active", "auditor.timer已启用"))
            return
        says = Text("auditor.timer is there and not active", "auditor.timer存在但未启用")
        yield Advice(Health.CARE, _TIMER, says, Text(*["systemctl enable --now auditor.timer"] * 2))
        return
    if (entry := _cron()) is not None:
        yield Advice(Health.FINE, _TIMER, Text(f"by cron: {entry}", f"由cron执行：{entry}"))
        return
    says = Text("neither a timer nor cron starts scans", "没有定时器或cron任务启动扫描")
    yield Advice(
        Health.CARE,
        _TIMER,
        says,
        Text("install deploy/systemd, or a line of cron", "安装deploy/systemd中的单元，或配置cron"),
    )


def _unit_state(unit: str) -> str | None:
    """Return active or inactive, None where systemd is not running or does not know `unit`."""
    if shutil.which("systemctl") is None or not Path("/run/systemd/system").exists():
        return None
    command = ["systemctl", "show", "--property=LoadState,ActiveState", unit]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    values = dict(line.split("=", 1) for line in done.stdout.splitlines() if "=" in line)
    return (
        None
        if values.get("LoadState") != "loaded"
        else "active"
        if values.get("ActiveState") == "active"
        else "inactive"
    )


def _cron() -> str | None:
    """Return the first file of cron that speaks of a scan of this program."""
    for place in map(Path, _CRON):
        for path in sorted(place.iterdir()) if place.is_dir() else [place]:
            try:
                if b"auditor" in path.read_bytes()[: 1 << 16]:
                    return str(path)
            except OSError:
                continue
    return None


def watch(directory: str) -> Iterator[Advice]:
    """Yield whether the watch for report directory `directory` runs, when it last heard something, what it cannot."""
    place, now_s = Path(directory) / WATCH, time.time()
    state = state_of(place)
    if not state:
        says = Text(
            "does not run: what exists only between two scans is not seen",
            "未运行：仅在两次扫描之间存在的隧道无法被看到",
        )
        yield Advice(Health.NOTE, _WATCH, says, _ENABLE_WATCH)
        return
    if alive(place, now_s) and not state.get("stopped"):
        yield Advice(Health.FINE, _WATCH, _heard(state, now_s))
    elif state.get("stopped"):
        yield Advice(Health.NOTE, _WATCH, Text("was stopped", "已停止"), _ENABLE_WATCH)
    else:
        says = Text("was running and is not any more", "曾在运行，现已不再运行")
        yield Advice(Health.BROKEN, _WATCH, says, Text(*["journalctl -u auditor-watch.service"] * 2))
    deaf = state.get("deaf")
    if isinstance(deaf, dict) and deaf:
        names = sorted(safe(entry[0]) if isinstance(entry, list) and entry else "?" for entry in deaf.values())
        few = ", ".join(names[:_SAID_AT_MOST]) + (f" (+{len(names) - _SAID_AT_MOST})" if names[_SAID_AT_MOST:] else "")
        says = Text(f"does not listen in these network namespaces: {few}", f"未监听以下网络命名空间：{few}")
        yield Advice(Health.CARE, _WATCH, says, _LISTEN_THERE)


def _heard(state: dict[str, Any], now_s: float) -> Text:
    """Return in words when a watch that runs last wrote something down."""
    last_s = state.get("last_s")
    if not isinstance(last_s, int | float):
        return Text("runs", "正在运行")
    ago = spoken(max(0.0, now_s - last_s))
    return Text(f"runs; last heard something {ago} ago", f"正在运行；{ago}之前最近一次有记录")


def stored(directory: str) -> Iterator[Advice]:
    """Yield how the last scan and the history in report directory `directory` are."""
    try:
        summary = last_scan(directory)
        age = age_s(summary, time.time(), _MAX_AGE_S)
        status = summary.values.get("status", "?")
        yield Advice(
            Health.FINE, _LAST, Text(f"{spoken(age)} ago, status {status}", f"{spoken(age)}之前，状态{status}")
        )
    except Unfit as error:
        yield Advice(Health.CARE, _LAST, Text(str(error), str(error)))
    history = Path(directory) / DIRECTORY
    if history.is_dir():
        yield from _history(Path(directory), history)


def _history(directory: Path, history: Path) -> Iterator[Advice]:
    """Yield whether the history is whole and has room to grow."""
    try:
        found = verify(directory, history)
        free_bytes = shutil.disk_usage(history).free
    except OSError as error:
        yield Advice(Health.BROKEN, _HISTORY, Text(f"cannot be read: {error.strerror}", f"无法读取：{error.strerror}"))
        return
    if found.sound:
        yield Advice(
            Health.FINE, _HISTORY, Text(f"{found.scans} scan(s), all as recorded", f"{found.scans}份扫描，均与记录一致")
        )
    else:
        first = next(finding for finding in found.findings if finding.fault)
        says = Text(f"{first.file}: {first.says.en}", f"{first.file}：{first.says.zh}")
        yield Advice(Health.BROKEN, _HISTORY, says, Text("auditor verify", "auditor verify"))
    writable = os.access(history, os.W_OK)
    if free_bytes < _LEAST_FREE_BYTES:
        yield Advice(Health.CARE, _SPACE, Text(f"{free_bytes >> 20} MiB left", f"剩余{free_bytes >> 20} MiB"))
    if not writable:
        yield Advice(Health.NOTE, _HISTORY, Text("this user may read it and not write", "当前用户可读取，不可写入"))
