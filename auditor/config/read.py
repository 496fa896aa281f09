"""From the two files to `Config` and `Register`, or to one error that lists everything wrong in them."""

from dataclasses import dataclass
from pathlib import PurePath
from typing import TypeVar, cast

from auditor.config.config_keys import CONFIG
from auditor.config.document import Document, read_document
from auditor.config.forms import ZONE
from auditor.config.register_keys import REGISTER
from auditor.config.relations import config_relations, register_relations
from auditor.config.validate import Node, Problem, build, read_table
from auditor.config.words import Wrong
from auditor.errors import InputError, SourceAbsent, SourceError
from auditor.host import Host
from auditor.model.register import Config, Register, Site

_T = TypeVar("_T")
CONFIG_PATH = "/etc/auditor/auditor.toml"
REGISTER_NAME = "register.toml"
DEFAULT_ZONE = "Asia/Shanghai"
NO_SITE = Site(name="Site without a name", name_zh="未命名场所")
NO_REGISTER = Register(path=None, sha256=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Files:
    """Both files as read, with their documents for messages about lines (None: there is no such file)."""

    config: Config
    register: Register
    config_document: Document | None
    register_document: Document | None


def find_config(host: Host | None = None) -> str | None:
    """Return the path of the installed configuration, None if there is none."""
    return CONFIG_PATH if _exists(CONFIG_PATH, host) else None


def load_config(path: str | None, host: Host | None = None) -> Config:
    """Return the configuration in `path`, or the defaults for None; raises InputError with every problem."""
    problems: list[str] = []
    config, _ = _config(_document(path, host, problems), host, problems)
    return _whole(config, problems)


def load_register(path: str | None, config: Config, host: Host | None = None) -> Register:
    """Return the register in `path`, or in the file that `config` names for None; raises InputError.

    Without either the register is empty and its path None. Lines in `Where` count from 1.
    """
    problems: list[str] = []
    document = _document(config.register_path if path is None else path, host, problems)
    return _whole(_register(document, problems), problems)


def load_both(config_path: str | None, register_path: str | None = None, host: Host | None = None) -> Files:
    """Return both files; raises one InputError with the problems of both.

    `config_path` None means defaults, `register_path` None the register that the configuration names.
    """
    problems: list[str] = []
    config_document = _document(config_path, host, problems)
    config, named = _config(config_document, host, problems)
    register_document = _document(named if register_path is None else register_path, host, problems)
    register = _register(register_document, problems)
    return Files(
        config=_whole(config, problems),
        register=_whole(register, problems),
        config_document=config_document,
        register_document=register_document,
    )


def _whole(value: _T | None, problems: list[str]) -> _T:
    """Return `value`; raises InputError if there were problems."""
    if problems or value is None:
        raise InputError(problems)
    return value


def _document(path: str | None, host: Host | None, problems: list[str]) -> Document | None:
    """Return the file at `path`, or None if there is none to read or it cannot be read or parsed."""
    try:
        return None if path is None else read_document(path, host)
    except InputError as error:
        problems += error.problems
        return None


_PATHS = {
    "report": {"directory", "textfile_directory"},
    "history": {"signing_key", "allowed_signers"},
    "location_data": {"directory"},
    "notify": {"command"},
}
"""Keys of auditor.toml whose values are paths that count from its directory."""


def _config(document: Document | None, host: Host | None, problems: list[str]) -> tuple[Config | None, str | None]:
    """Return the configuration (None after problems) and, in any case, the register that it leads to."""
    found: list[Problem] = []
    node = read_table(CONFIG, {} if document is None else document.data, (), found)
    found += config_relations(node)
    if "zone" not in node.values and (document is None or "zone" not in document.data):
        try:
            node.values["zone"] = ZONE.parse(DEFAULT_ZONE)
        except Wrong as wrong:
            found.append(Problem(path=("zone",), text=str(wrong)))
    if document is None:
        problems += [f"{each.path[0]}: {each.text}" for each in found]
        return (None if problems else _built(node, None)), None
    node.values["register"] = path = _register_path(document.path, node, host)
    here = PurePath(document.path).parent
    for table, names in _PATHS.items():
        for part in node.all(table):
            for name in names & part.values.keys():
                part.values[name] = str(here / part.values[name])
    for data in node.all("location_data"):
        data.values["files"] = [str(here / name) for name in data.values.get("files", ())]
    problems += document.say(found)
    return (None if found else _built(node, document)), path


def _built(node: Node, document: Document | None) -> Config:
    """Return the configuration of a node without problems."""
    return cast(
        Config,
        build(
            node,
            None if document is None else document.where,
            path=None if document is None else document.path,
            sha256=None if document is None else document.sha256,
            site=NO_SITE,
        ),
    )


def _register(document: Document | None, problems: list[str]) -> Register | None:
    """Return the register in `document` (empty if there is none), or None after problems."""
    if document is None:
        return NO_REGISTER
    found: list[Problem] = []
    node = read_table(REGISTER, document.data, (), found)
    found += register_relations(node)
    problems += document.say(found)
    return None if found else cast(Register, build(node, document.where, path=document.path, sha256=document.sha256))


def _register_path(config_path: str, node: Node, host: Host | None) -> str | None:
    """Return the register named by the configuration, else the one beside it, else None."""
    directory = PurePath(config_path).parent
    named = node.values.get("register")
    if named is not None:
        return str(directory / named)
    beside = str(directory / REGISTER_NAME)
    return beside if _exists(beside, host) else None


def _exists(path: str, host: Host | None) -> bool:
    """Return whether anything is at `path`; what cannot be looked at counts as there, so that reading says why."""
    try:
        (host or Host()).inode(path)
    except SourceAbsent:
        return False
    except (SourceError, ValueError):
        return True
    return True
