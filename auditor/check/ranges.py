"""Threshold ranges, as the Monitoring Plugins Development Guidelines have them: ``10``, ``10:``, ``~:10``, ``@1:2``."""


class Range:
    """One range; a value outside of it alerts, or inside of it when it begins with ``@``."""

    def __init__(self, text: str) -> None:
        """Read `text`; raises ValueError."""
        self.text = text
        self._inside = text.startswith("@")
        first, colon, last = text.removeprefix("@").rpartition(":")
        self._low = float("-inf") if first == "~" else _number(first) if colon and first else 0.0
        self._high = _number(last) if last else float("inf")
        if not (colon or last) or self._low > self._high:
            raise ValueError(f"not a range: {text}")

    def alerts(self, value: float) -> bool:
        """Return whether `value` is to raise an alert."""
        return (self._low <= value <= self._high) == self._inside


def _number(text: str) -> float:
    """Return a plain decimal number; raises ValueError, also for "nan" and "inf"."""
    if not (text.isascii() and text.removeprefix("-").replace(".", "", 1).isdigit()):
        raise ValueError(f"not a range: {text}")
    return float(text)
