"""Where the stock Debian kernel for the virtual machine comes from, and how it is started.

The package that `linux-image-amd64` depends on is downloaded with apt-get and unpacked (not
installed) below the cache directory. It runs in QEMU without KVM on the host's own file system,
which the guest sees read-only.
"""

import contextlib
import fcntl
import os
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.requires import missing

_PROGRAMS = ("qemu-system-x86_64", "kmod", "ip", "bridge", "wg", "setpriv", "ovs-vswitchd")
_METAPACKAGE = "linux-image-amd64"
_BOOT_LIMIT_S = 600
_DOWNLOAD_LIMIT_S = 300


class LabUnavailable(Exception):
    """The virtual machine cannot be started here; the text says what is missing."""


def cache_directory() -> Path:
    """Return where unpacked kernels are kept."""
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "auditor-lab"


def kernel_image() -> Path:
    """Return an unpacked kernel, downloading it when root and there is none; raises LabUnavailable."""
    cache = cache_directory()
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return _newest(cache) or _download(cache)


def _newest(cache: Path) -> Path | None:
    """Return the kernel unpacked last, or None."""
    found = sorted(cache.glob("linux-image-*/boot/vmlinuz-*"), key=lambda path: path.stat().st_mtime)
    return found[-1] if found else None


def _download(cache: Path) -> Path:
    """Download and unpack the kernel package; raises LabUnavailable."""
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        raise LabUnavailable(f"no kernel below {cache}, and only root on Debian can download one with apt-get")
    package = _package_name()
    with tempfile.TemporaryDirectory(dir=cache) as scratch:
        os.chmod(scratch, 0o755)
        _run(["apt-get", "download", package], cwd=scratch)
        (archive,) = Path(scratch).glob("*.deb")
        tree = Path(scratch) / "tree"
        _run(["dpkg", "-x", str(archive), str(tree)], cwd=scratch)
        tree.rename(cache / package)
    image = _newest(cache)
    if image is None:
        raise LabUnavailable(f"package {package} holds no kernel")
    return image


def _package_name() -> str:
    """Return the package that the metapackage depends on now; raises LabUnavailable."""
    depends = _run(["apt-cache", "depends", "--important", _METAPACKAGE], cwd="/")
    for line in depends.splitlines():
        word, _, name = line.strip().partition(": ")
        if word == "Depends" and name.startswith("linux-image-"):
            return name
    raise LabUnavailable(f"apt-cache knows no package {_METAPACKAGE}; run apt-get update")


def _run(command: list[str], *, cwd: str) -> str:
    """Return what `command` printed; raises LabUnavailable with its error."""
    try:
        done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=_DOWNLOAD_LIMIT_S, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise LabUnavailable(f"{command[0]}: {error}") from error
    if done.returncode:
        raise LabUnavailable(f"{' '.join(command)}: {done.stderr.strip()[-300:]}")
    return done.stdout


def boot(image: Path, module: str, project: Path, shared: Path, *, limit_s: int = _BOOT_LIMIT_S) -> str:
    """Run `python -m MODULE SHARED` in `project` as root in the guest and return the console's text.

    Only `shared` can be written in the guest and read here. The machine ends with this call, whatever
    happens; `timeout` ends it even when this process is killed. Raises LabUnavailable when a program
    is missing, RuntimeError when the machine does not end in time.
    """
    path = f"{Path(sys.executable).parent}:{os.environ.get('PATH', os.defpath)}"
    vng = shutil.which("vng", path=path)
    if vng is None:
        raise LabUnavailable("vng is not installed (PyPI package virtme-ng)")
    if packages := missing(*_PROGRAMS):
        raise LabUnavailable(f"needs Debian packages: {' '.join(packages)}")
    inside = shlex.join(["cd", str(project)]) + " && " + shlex.join([sys.executable, "-B", "-m", module, str(shared)])
    command = ["timeout", "--kill-after=5", str(limit_s), vng, "--run", str(image), "--disable-kvm"]
    command += ["--user", "root", "--memory", "1G", "--cpus", "1", "--disable-microvm", f"--rwdir={shared}"]
    machine = subprocess.Popen(
        [*command, "--", inside],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env={**os.environ, "PATH": path},
        start_new_session=True,
    )
    try:
        output, _ = machine.communicate(timeout=limit_s + 10)
    except subprocess.TimeoutExpired as error:
        raise RuntimeError("the virtual machine did not end in time") from error
    finally:
        _end_group(machine)
    return output.decode(errors="replace")


def _end_group(machine: "subprocess.Popen[bytes]") -> None:
    """Kill what is left of the machine's process group."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(machine.pid, signal.SIGKILL)
    machine.wait(timeout=10)
