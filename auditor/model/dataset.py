"""A data set that the audit rests on: where far ends are, and who announces them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class DataSet:
    """One data set in use; `dated` is the day of the data (ISO 8601), `sha256` the digest of its file.

    `origin` is who gave it: "shipped" with the program, "snapshot" for a newer one of the same form that
    `auditor data update` installed, "installed" for a company's own file that it installed, "configured" for
    a file that the configuration names. `kind` is "country", "origin_as", "country_and_origin_as" or
    "as_names"; None: not looked at as a whole. `networks` is the number of its networks, None: not counted.
    """

    name: str
    origin: str
    dated: str
    sha256: str
    kind: str | None = None
    networks: int | None = None
