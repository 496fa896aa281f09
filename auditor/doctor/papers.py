"""The company's files: are they there, without mistakes, and writable by nobody who should not?"""

import stat
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

from auditor.config import load_both
from auditor.config.check import warnings
from auditor.config.dates import today
from auditor.config.read import CONFIG_PATH, Files
from auditor.doctor.advice import Advice, Health
from auditor.errors import InputError
from auditor.model.text import Text
from auditor.objects.context import Context

_CONFIG, _REGISTER = Text("configuration", "配置文件"), Text("circuit register", "电路登记表")
_CHECK = Text("auditor register check", "auditor register check")
_MISSING = Text(
    f"there is no {CONFIG_PATH}: nothing can be compliant",
    f"没有{CONFIG_PATH}：任何对象都不能判为已对应允许路径",
)
_COPY = Text("copy config.example.toml there and complete it", "复制config.example.toml并填写")
_NO_REGISTER = Text("there is none: no circuit can be matched", "不存在：无法对应任何电路")


def papers(config_path: str | None, now: datetime) -> Iterator[Advice]:
    """Yield how configuration and register are, and the data sets that a scan would use."""
    if config_path is None:
        missing = Text(
            f"there is no {CONFIG_PATH}: nothing can be compliant",
            f"没有{CONFIG_PATH}：任何对象都不能判为已对应允许路径",
        )
        yield Advice(
            Health.CARE,
            _CONFIG,
            missing,
            Text("copy config.example.toml there and complete it", "复制config.example.toml并填写"),
        )
        yield from _data(load_both(None), now)
        return
    try:
        files = load_both(config_path)
    except InputError as error:
        first = error.problems[0]
        says = Text(
            f"{len(error.problems)} mistake(s), the first: {first}", f"{len(error.problems)}处错误，第一处：{first}"
        )
        yield Advice(Health.BROKEN, _CONFIG, says, _CHECK)
        return
    yield own(_CONFIG, config_path)
    if files.register.path is None:
        yield Advice(
            Health.CARE, _REGISTER, Text("there is none: no circuit can be matched", "不存在：无法对应任何电路"), None
        )
    else:
        yield own(_REGISTER, files.register.path)
        found = warnings(files, now)
        if found:
            says = Text(f"{len(found)} warning(s), the first: {found[0]}", f"{len(found)}条警告，第一条：{found[0]}")
            yield Advice(Health.CARE, _REGISTER, says, _CHECK)
    yield from _data(files, now)


def own(about: Text, path: str) -> Advice:
    """Return whether only root can change a file that decides what is in order."""
    try:
        found = Path(path).stat()
    except OSError as error:
        return Advice(Health.BROKEN, about, Text(f"{path}: {error.strerror}", f"{path}：{error.strerror}"))
    if found.st_mode & (stat.S_IWOTH | stat.S_IWGRP) or found.st_uid != 0:
        says = Text(f"{path} can be changed by others than root", f"{path}可被root以外的用户修改")
        return Advice(
            Health.CARE,
            about,
            says,
            Text(f"chown root {path}; chmod go-w {path}", f"chown root {path}; chmod go-w {path}"),
        )
    return Advice(Health.FINE, about, Text(f"{path}, without mistakes", f"{path}，没有错误"))


def _data(files: Files, now: datetime) -> Iterator[Advice]:
    """Yield the age of each data set on places and origins."""
    limit, day = files.config.policy.location_data_max_age_days, today(now, files.config)
    try:
        sets = Context(config=files.config, register=files.register, now=now).locator.data_sets
    except InputError as error:
        yield Advice(Health.BROKEN, Text("location data", "位置数据"), Text(error.problems[0], error.problems[0]))
        return
    for data_set in sets:
        age_days = (day - date.fromisoformat(data_set.dated)).days
        says = Text(f"of {data_set.dated}, {age_days} days old", f"日期{data_set.dated}，距今{age_days}天")
        about = Text(f"location data {data_set.name}", f"位置数据{data_set.name}")
        yield Advice(Health.CARE if age_days > limit else Health.FINE, about, says)
