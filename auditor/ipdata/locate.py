"""One public address in; the answer of every source out, and what they amount to together (guidance 5.2, 10).

Location data are guesses. A place counts as sure only where every source says the same and nothing known of the
operator speaks against it; the reason stands beside it. An AS number says who announces, never where.
"""

from collections.abc import Callable, Iterable
from functools import cached_property, lru_cache
from typing import Any, NamedTuple

from auditor.ipdata import embedded
from auditor.ipdata.addresses import carried, special
from auditor.ipdata.operators import Carrier, Operator, Operators, shipped
from auditor.ipdata.own import own_data
from auditor.ipdata.snapshot import COUNTRY_SOURCES, ORIGIN_SOURCE
from auditor.model.address import parse
from auditor.model.enumerations import MAINLAND_OPERATORS, PLACES
from auditor.model.text import Text

_REGIONS = ("HK", "MO", "TW")
_FEWEST = 2
_CONFUSED = Text(
    "location data often confuses this region with the mainland, and nothing known of the operator speaks for it",
    "位置数据常将该地区与境内混淆，且运营者信息不足以佐证",
)
_NOWHERE = Text("no source knows where the address is", "没有数据来源记载该地址的位置")
_ALONE = Text("only one source knows the address", "仅有一个数据来源记载该地址")
_ALIKE = Text("every source says the same", "各数据来源一致")
_UNKNOWN_OPERATOR = Text(
    "the operator is not known: a company's own network abroad is often listed where the company is registered",
    "运营者未知：企业自有网络常被登记为该企业的注册地",
)
_ORIGINS_DISAGREE = Text(
    "the sources name different operators as the one who announces the address",
    "各数据来源所载的地址宣告者并非同一运营者",
)
_ANYCAST = Text("an address of this operator answers from many places", "该运营者的地址由多地应答")
_SPREAD = Text(
    "addresses of this operator are all over the world; of ten that data sets agree on, one is elsewhere",
    "该运营者的地址遍布各地；各数据来源一致的记载中，约十分之一与实际不符",
)


class Answer(NamedTuple):
    """What one source says: a country or region (ISO 3166-1 alpha-2), None for no answer; `dated` ISO 8601."""

    source: str
    dated: str
    country: str | None


class Origin(NamedTuple):
    """Which AS announces an address, as one source says on the day `dated` (ISO 8601)."""

    source: str
    dated: str
    asn: int


class Located(NamedTuple):
    """Everything known of one public address; `confidence` is a value of `remote_location_confidence`.

    `why` says what makes the place sure or unsure. `asn` None: nobody announces it, as far as the data
    knows; it is what the newest of `origins` says: `asn_source`, on the day `asn_dated`. `as_name` is how its AS is
    registered, where the operator is not known. `carrier` is the basic carrier whose network, or whose affiliate
    abroad, the operator is.
    """

    answers: tuple[Answer, ...]
    location: str | None
    confidence: str
    why: Text
    asn: int | None = None
    asn_source: str | None = None
    asn_dated: str | None = None
    as_name: str | None = None
    operator: Operator | None = None
    origins: tuple[Origin, ...] = ()
    carrier: Carrier | None = None


class Locator:
    """Answers from the shipped data, a company's own data, and the operators given (its own come last and win).

    `data_sets` are all those in use. `as_name` is how an AS is registered, None if that is not known.
    """

    def __init__(
        self, operators: Operators | None = None, files: Iterable[str] = (), directory: str | None = None
    ) -> None:
        """Take `operators`, by default those that the package ships, MMDB `files`, and what `directory` holds.

        The latter is what `auditor data update` installed. Raises InputError for a file that is not sound.
        """
        own = own_data(files, directory)
        self._operators = operators
        self._snapshot = own.snapshot or embedded.snapshot()
        self._files = own.files
        self.data_sets = (*self._snapshot.data_sets, *own.data_sets)
        self.as_name = self._snapshot.as_name
        self.locate = lru_cache(maxsize=1 << 16)(self._locate)

    def _locate(self, address: str) -> Located | None:
        """Return what is known of `address`, None for one that has no place of its own.

        Raises InputError when the shipped data is damaged.
        """
        parsed = carried(parse(address))
        if special(parsed) is not None:
            return None
        packed = parsed.packed
        text = str(parsed) if self._files else ""
        answers = tuple([Answer(name, dated, _place(get(packed))) for name, dated, get in self._tables])
        if self._files:
            answers += tuple(Answer(f.name, f.dated, place) for f in self._files if (place := f.country(text)))
        origins = self._origins(packed, text)
        latest = origins[0] if len(origins) == 1 else max(origins, key=_dated, default=None)
        operators = self._operators or shipped()  # NOTE: read when a public address is asked for
        operator = operators.of(packed, latest.asn if latest else None)
        location, confidence, why = judge(answers, operator)
        others = [operators.of(packed, origin.asn) for origin in origins] if len(origins) > 1 else ()
        if confidence == "high" and any(other is not operator for other in others):
            confidence, why = "low", _ORIGINS_DISAGREE
        return Located(
            answers=answers,
            location=location,
            confidence=confidence,
            why=why,
            asn=latest.asn if latest else None,
            asn_source=latest.source if latest else None,
            asn_dated=latest.dated if latest else None,
            as_name=self.as_name(latest.asn) if latest and operator is None else None,
            operator=operator,
            carrier=operators.carriers.get(operator.carrier) if operator and operator.carrier else None,
            origins=origins,
        )

    @cached_property
    def _tables(self) -> list[tuple[str, str, Callable[[bytes], Any]]]:
        """Return name, day and look-up of each table of places; read when a public address is asked for."""
        tables = [(name, self._snapshot.table(name)) for name in COUNTRY_SOURCES]
        return [(name, table.dated, table.get) for name, table in tables]

    def _origins(self, packed: bytes, text: str) -> tuple[Origin, ...]:
        """Return which AS each source has for an address, the company's own first; those without an answer are not in.

        Announced or not changes by the day, so the newest counts; of two of the same day, the company's own.
        """
        own = tuple([Origin(f.name, f.dated, asn) for f in self._files if (asn := f.origin(text))])
        dated, get = self._announced
        found = get(packed)
        return own if found is None else (*own, Origin(ORIGIN_SOURCE, dated, found))

    @cached_property
    def _announced(self) -> tuple[str, Callable[[bytes], Any]]:
        """Return day and look-up of the table of origins."""
        table = self._snapshot.table(ORIGIN_SOURCE)
        return table.dated, table.get


def _place(code: str | None) -> str | None:
    """Return what a table says as a place, None for no answer and for a code that is no place any more (FX)."""
    return code if code in PLACES else None


def _dated(origin: Origin) -> str:
    """Return the day by which origins are put in order."""
    return origin.dated


def judge(answers: Iterable[Answer], operator: Operator | None) -> tuple[str | None, str, Text]:
    """Return location, confidence and the reason from what the sources say and who the operator is."""
    given = [answer.country for answer in answers if answer.country]
    if not given:
        return None, "none", _NOWHERE
    if len(set(given)) > 1:
        said = sorted(set(given))
        return (
            None,
            "low",
            Text(f"the sources disagree: {', '.join(said)}", f"各数据来源不一致：{'、'.join(said)}"),
        )
    place = given[0]
    if len(given) < _FEWEST:
        return place, "low", _ALONE
    if doubt := _doubt(place, operator):
        return place, "low", doubt
    return place, "high", _ALIKE


def _doubt(place: str, operator: Operator | None) -> Text | None:
    """Return what makes an answer unsure on which all sources agree, None if nothing does."""
    if operator is None:
        return _UNKNOWN_OPERATOR
    if operator.class_ == "cdn_anycast":
        return _ANYCAST
    at_home = operator.spread or operator.class_ == "commercial_vpn" or operator.home in (None, place)
    if (operator.class_ in MAINLAND_OPERATORS) != (place == "CN") or not at_home:
        return Text(
            f"the operator {operator.name.en} works elsewhere: location data may be wrong",
            f"运营者{operator.name.zh}主要在他处运营：位置数据可能有误",
        )
    if place in _REGIONS and operator.home != place:
        return _CONFUSED
    if operator.spread or operator.class_ == "commercial_vpn":
        return _SPREAD
    return None
