"""One public address in; the answer of every source out, and what they amount to together (guidance 5.2, 10).

Location data are guesses. A place counts as sure only where every source says the same and nothing known of the
operator speaks against it; the reason stands beside it. An AS number says who announces, never where.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from auditor.ipdata import embedded
from auditor.ipdata.addresses import carried, has_a_place
from auditor.ipdata.mmdb import MmdbFile
from auditor.ipdata.operators import Carrier, Operator, Operators, shipped
from auditor.model.address import parse
from auditor.model.text import Text

_MAINLAND = ("mainland_basic_carrier", "mainland_isp", "mainland_cloud")
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Located:
    """Everything known of one public address; `confidence` is a value of `remote_location_confidence`.

    `why` says what makes the place sure or unsure. `asn` None: nobody announces it, as far as the data
    knows; `as_name` is how its AS is registered, where the operator is not known. `carrier` is the basic carrier whose
    network, or whose affiliate abroad, the operator is.
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
    carrier: Carrier | None = None


class Locator:
    """Answers from the shipped data, a company's own files, and the operators given (its own come last and win).

    `files` are names and days (ISO 8601) of its own files.
    """

    def __init__(self, operators: Operators | None = None, files: Iterable[str] = ()) -> None:
        """Take `operators`, by default those that the package ships, and MMDB `files`; raises InputError for these."""
        self._operators = operators
        self._files = tuple(MmdbFile(path) for path in files)
        self.files = tuple((file.name, file.dated) for file in self._files)
        self.locate = lru_cache(maxsize=1 << 16)(self._locate)

    def _locate(self, address: str) -> Located | None:
        """Return what is known of `address`, None for one that has no place of its own.

        Raises InputError when the shipped data is damaged.
        """
        parsed = carried(parse(address))
        if not has_a_place(parsed):
            return None
        packed = parsed.packed
        text = str(parsed)
        own = tuple((file, file.country(text)) for file in self._files)
        answers = (
            *(
                Answer(name, table.dated, table.get(packed))
                for name, table in ((name, embedded.table(name)) for name in embedded.COUNTRY_SOURCES)
            ),
            *(Answer(file.name, file.dated, country) for file, country in own if country),
        )
        asn, asn_source, asn_dated = self._origin(packed, text)
        operators = self._operators or shipped()  # NOTE: read when a public address is asked for
        operator = operators.of(packed, asn)
        location, confidence, why = judge(answers, operator)
        return Located(
            answers=answers,
            location=location,
            confidence=confidence,
            why=why,
            asn=asn,
            asn_source=asn_source,
            asn_dated=asn_dated,
            as_name=embedded.as_name(asn) if asn is not None and operator is None else None,
            operator=operator,
            carrier=operators.carriers.get(operator.carrier) if operator and operator.carrier else None,
        )

    def _origin(self, packed: bytes, text: str) -> tuple[int | None, str | None, str | None]:
        """Return the origin AS of an address, the data that say so and their day (ISO 8601); None for no answer."""
        origins = embedded.table(embedded.ORIGIN_SOURCE)
        if (asn := origins.get(packed)) is not None:
            return asn, embedded.ORIGIN_SOURCE, origins.dated
        for file in self._files:  # NOTE: announced or not changes by the day; a company's own file may be newer
            if (asn := file.origin(text)) is not None:
                return asn, file.name, file.dated
        return None, None, None


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
    if (operator.class_ in _MAINLAND) != (place == "CN"):
        return Text(
            f"the operator {operator.name.en} works elsewhere: location data may be wrong",
            f"运营者{operator.name.zh}主要在他处运营：位置数据可能有误",
        )
    if place in _REGIONS and operator.home != place:
        return _CONFUSED
    if operator.spread:
        return _SPREAD
    return None
