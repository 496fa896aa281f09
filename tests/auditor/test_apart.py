"""A child that does another program's work: its result, its error, its crash and its hang, and nothing left over."""

import os
import signal
import time

import pytest

from auditor.apart import ApartError, bytes_of


def no_child_is_left() -> bool:
    try:
        return os.waitpid(-1, os.WNOHANG) == (0, 0)
    except ChildProcessError:
        return True


def test_what_it_makes_comes_back_whole() -> None:
    made = bytes(range(256)) * 10_000
    assert bytes_of(lambda: made, limit_s=30.0) == made
    assert bytes_of(lambda: b"", limit_s=30.0) == b""
    assert no_child_is_left()


def test_an_error_is_named_and_never_quoted() -> None:
    def fails() -> bytes:
        raise ValueError("psk = hunter2")

    with pytest.raises(ApartError, match=r"^ValueError in tests\.auditor\.test_apart\.fails, line \d+$"):
        bytes_of(fails, limit_s=30.0)


def test_a_crash_costs_only_the_result() -> None:
    def crashes() -> bytes:
        os.kill(os.getpid(), signal.SIGKILL)
        return b"never"

    with pytest.raises(ApartError, match=f"signal {int(signal.SIGKILL)}"):
        bytes_of(crashes, limit_s=30.0)
    assert no_child_is_left()


def test_a_way_out_that_says_nothing_is_no_result() -> None:
    def leaves() -> bytes:
        os._exit(0)

    with pytest.raises(ApartError):
        bytes_of(leaves, limit_s=30.0)


def test_one_that_hangs_is_ended() -> None:
    def hangs() -> bytes:
        time.sleep(600)
        return b"never"

    began_s = time.monotonic()
    with pytest.raises(ApartError, match=r"no end within 0\.2 s"):
        bytes_of(hangs, limit_s=0.2)
    assert time.monotonic() - began_s < 5
    assert no_child_is_left()
