"""What readers of JSON and YAML yield: a value with the keys and positions in lists that lead to it."""

Scalar = str | int | float | bool | None
Path = tuple[str | int, ...]
Event = tuple[Path, Scalar]
EVENTS_LIMIT = 20_000


def last_key(path: Path) -> str:
    """Return the nearest key that leads to the value at `path`, "" if there is none."""
    return next((part for part in reversed(path) if isinstance(part, str)), "")
