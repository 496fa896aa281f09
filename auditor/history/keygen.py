"""The only door to `ssh-keygen -Y`: it signs and checks signatures; nothing of ours does cryptography.

What it prints is never passed on, since what a tool says about a key may quote it. It gets no terminal, so that a
passphrase is an error and no question, and a time limit; files to check are handed to it as the bytes that were read.
"""

import os
import shutil
import signal
import stat
import subprocess
from contextlib import ExitStack, suppress
from pathlib import Path

from auditor.errors import AuditorError
from auditor.model.text import Text

TIME_LIMIT_S = 10.0
_PRIVATE = b"-----BEGIN "
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


class KeygenError(AuditorError):
    """A signature could not be made, or not be checked; says why, for people."""

    def __init__(self, says: Text) -> None:
        """Keep the reason."""
        super().__init__(says.en)
        self.says = says


def sign(key: str, message: bytes, namespace: str) -> bytes:
    """Return a signature of `message` with the private key in file `key`, or with an agent that holds it.

    `key` may be the file of the public half then; the agent is the one that SSH_AUTH_SOCK names. Raises KeygenError.
    """
    held_by_agent = not _is_private(key)
    how = ["-U"] if held_by_agent else ["-P", ""]  # NOTE: without -U a private key beside the public one is taken
    done = _run(["sign", *how, "-f", key, "-n", namespace], message, agent=held_by_agent)
    if done.returncode == 0 and done.stdout:
        return done.stdout
    if held_by_agent:
        raise KeygenError(_NOT_HELD)
    raise KeygenError(_PASSPHRASE if b"passphrase" in done.stderr else _REFUSED)


def accepted(message: bytes, signature: bytes, namespace: str, *, allowed: bytes, signer: str, at: str | None) -> bool:
    """Return whether `signature` is one of `message` by `signer`, by the list `allowed` as it holds at the moment `at`.

    `at` is UTC as YYYYMMDDHHMMSS, None: now. Raises KeygenError.
    """
    moment = [] if at is None else ["-O", f"verify-time={at}"]
    arguments = ["verify", *moment, "-I", signer, "-n", namespace, "-f", "{}", "-s", "{}"]
    return _run(arguments, message, allowed, signature).returncode == 0


def fits(message: bytes, signature: bytes, namespace: str) -> bool:
    """Return whether `signature` is one of `message`, whoever made it; raises KeygenError."""
    return _run(["check-novalidate", "-n", namespace, "-s", "{}"], message, signature).returncode == 0


def _is_private(path: str) -> bool:
    """Return whether the file holds a private key, else it is taken for a public one; raises KeygenError."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY)
        try:
            found = os.fstat(descriptor)
            begins = os.read(descriptor, len(_PRIVATE)) if stat.S_ISREG(found.st_mode) else b""
        finally:
            os.close(descriptor)
    except FileNotFoundError:
        raise KeygenError(_ABSENT) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "error"
        raise KeygenError(Text(f"the key cannot be read: {reason}", f"密钥无法读取：{reason}")) from None
    if not begins:
        raise KeygenError(_NO_KEY)
    if begins != _PRIVATE:
        return False
    if found.st_mode & _OTHERS or found.st_uid not in (0, os.geteuid()):
        raise KeygenError(_OPEN)
    return True


def _run(
    arguments: list[str], message: bytes, *files: bytes, agent: bool = False
) -> "subprocess.CompletedProcess[bytes]":
    """Run ``ssh-keygen -Y``, with `files` in place of each ``{}``; raises KeygenError."""
    program = shutil.which("ssh-keygen")
    if program is None:
        raise KeygenError(_NOT_INSTALLED)
    # NOTE: days in allowed_signers count in UTC, so that the same files give the same answer on every machine.
    environment = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC", "SSH_ASKPASS_REQUIRE": "never"}
    if agent and (socket := os.environ.get("SSH_AUTH_SOCK")):
        environment["SSH_AUTH_SOCK"] = socket
    with ExitStack() as stack:
        handed = [_in_memory(stack, data) for data in files]
        places = iter(f"/proc/self/fd/{number}" for number in handed)
        command = [program, "-Y", *(next(places) if word == "{}" else word for word in arguments)]
        return _within_limit(command, message, environment, handed)


def _within_limit(
    command: list[str], message: bytes, environment: dict[str, str], handed: list[int]
) -> "subprocess.CompletedProcess[bytes]":
    """Run a command in a session of its own, and end all of that session when the time is over."""
    try:
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment,
            pass_fds=handed,
            start_new_session=True,
        )
    except OSError as error:
        reason = error.strerror or "error"
        raise KeygenError(Text(f"ssh-keygen cannot be started: {reason}", f"ssh-keygen无法启动：{reason}")) from None
    try:
        out, told = process.communicate(message, timeout=TIME_LIMIT_S)
    except subprocess.TimeoutExpired:
        raise KeygenError(_SLOW) from None
    finally:
        if process.poll() is None:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            for pipe in (process.stdin, process.stdout, process.stderr):
                with suppress(OSError):
                    pipe.close() if pipe else None
    return subprocess.CompletedProcess(command, process.returncode, out, told)


def _in_memory(stack: ExitStack, data: bytes) -> int:
    """Return a descriptor of a file in memory that holds `data`, closed by `stack`."""
    descriptor = os.memfd_create("auditor")
    stack.callback(os.close, descriptor)
    with Path(f"/proc/self/fd/{descriptor}").open("wb") as stream:
        stream.write(data)
    return descriptor


_NOT_INSTALLED = Text(
    "ssh-keygen is not installed (package openssh-client)", "未安装ssh-keygen（软件包openssh-client）"
)
_SLOW = Text(f"ssh-keygen gave no answer in {TIME_LIMIT_S:.0f} s", f"ssh-keygen在{TIME_LIMIT_S:.0f}秒内没有应答")
_ABSENT = Text("there is no file of that name", "文件不存在")
_NO_KEY = Text("it is no file with a key", "该文件不是密钥文件")
_OPEN = Text(
    "the private key can be read or changed by others: chmod 600, and owned by root or by the user that scans",
    "私钥可被其他用户读取或修改：应设为chmod 600，且属主为root或执行扫描的用户",
)
_PASSPHRASE = Text(
    "the key has a passphrase, which a scan cannot enter: use a key without one, or one that an agent holds",
    "密钥带有口令，扫描时无法输入：请使用不带口令的密钥，或由agent保管的密钥",
)
_REFUSED = Text("ssh-keygen does not take it for a private key", "ssh-keygen不接受该私钥")
_NOT_HELD = Text(
    "no agent that SSH_AUTH_SOCK names holds the private half of this public key",
    "SSH_AUTH_SOCK所指的agent没有与该公钥对应的私钥",
)
