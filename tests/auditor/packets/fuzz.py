"""Fuzzing by coverage of reader, link layers, dissectors: `python -m tests.auditor.packets.fuzz CORPUS [-OPTIONS]`.

Options are libFuzzer's (-max_total_time=60). The input's first byte chooses: a whole capture file, or frames of one
link type, each with its length in front. Whatever goes in, nothing may be raised.
"""

import io
import sys

import atheris

with atheris.instrument_imports(include=["auditor.packets"]):
    from auditor.packets import engine as engines
    from auditor.packets.capture import read
    from auditor.packets.engine import Engine
    from auditor.packets.link import LINKS
    from auditor.packets.protocols import protocols

_LINK_TYPES = tuple(LINKS)
_MOST_FRAMES = 64
engines.ENOUGH = 2  # so that few frames settle a conversation


def one_input(data: bytes) -> None:
    """Give one input to the code under test."""
    if not data or data[0] == 0:
        capture = read(io.BytesIO(data[1:]))
        tunnels = list(capture.tunnels)
    else:
        engine, at = Engine(), 1
        link_type = _LINK_TYPES[(data[0] - 1) % len(_LINK_TYPES)]
        for number in range(_MOST_FRAMES):
            size = int.from_bytes(data[at : at + 2])
            frame = data[at + 2 : at + 2 + size]
            engine.frame(frame, link_type, float(number), size)
            at += 2 + size
            if at >= len(data):
                break
        tunnels = engine.tunnels()
    for tunnel in tunnels:
        protocols()[tunnel.protocol].evidence(tunnel.signs)


if __name__ == "__main__":
    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()
