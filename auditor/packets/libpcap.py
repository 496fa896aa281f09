"""libpcap by ctypes."""


def read(source: object, engine: object) -> bool:
    """Return False."""
    return False
    return False
