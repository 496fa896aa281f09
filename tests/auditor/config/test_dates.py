from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from auditor.config.dates import (
    contract_status,
    days_left,
    ends_soon,
    in_force,
    is_fresh,
    licence_status,
    review_status,
    today,
)
from auditor.model.register import Acknowledgement, Licence, Provider, PublicNetworkReview, Waiver
from tests.auditor.config.samples import WHERE, circuit_of, config_of

SHANGHAI = ZoneInfo("Asia/Shanghai")
BERLIN = ZoneInfo("Europe/Berlin")
LAST = date(2026, 12, 31)


def waiver(approved_on: date = date(2026, 1, 1), expires: date = LAST) -> Waiver:
    return Waiver(id="W-1", reason="r", owner="o", approver="a", approved_on=approved_on, expires=expires, where=WHERE)


def licence(**days: date | None) -> Licence:
    return Licence(
        categories=("A14-4",),
        valid_from=days.get("valid_from"),
        valid_until=days.get("valid_until", date(2030, 12, 31)),
        checked_on=days.get("checked_on", date(2026, 10, 12)),
    )


def provider(class_: str, *licences: Licence) -> Provider:
    return Provider(slug="p", name="P", class_=class_, licences=licences)


@pytest.mark.parametrize(
    ("now", "holds"),
    [
        (datetime(2026, 12, 31, 23, 59, 59, 999999, tzinfo=SHANGHAI), True),
        (datetime(2027, 1, 1, 0, 0, tzinfo=SHANGHAI), False),
        (datetime(2026, 12, 31, 15, 59, 59, tzinfo=UTC), True),  # 23:59:59 in Shanghai
        (datetime(2026, 12, 31, 16, 0, tzinfo=UTC), False),  # 00:00 of the next day in Shanghai
        (datetime(2025, 12, 31, 15, 59, 59, tzinfo=UTC), False),  # the day before approval
        (datetime(2025, 12, 31, 16, 0, tzinfo=UTC), True),  # approval begins at 00:00
    ],
)
def test_an_exception_holds_until_midnight_in_shanghai(now: datetime, holds: bool) -> None:
    config = config_of()
    assert in_force(waiver(), now, config) is holds
    accepted = Acknowledgement(
        id="B-1",
        probe="p",
        reason="r",
        owner="o",
        approver="a",
        approved_on=date(2026, 1, 1),
        expires=LAST,
        where=WHERE,
    )
    assert in_force(accepted, now, config) is holds


@pytest.mark.parametrize(
    ("last", "moment"),
    [
        (date(2026, 3, 29), datetime(2026, 3, 29, 22, 0, tzinfo=UTC)),  # a day of 23 hours: summer time begins
        (date(2026, 10, 25), datetime(2026, 10, 25, 23, 0, tzinfo=UTC)),  # a day of 25 hours: summer time ends
        (date(2026, 7, 1), datetime(2026, 7, 1, 22, 0, tzinfo=UTC)),
        (date(2026, 12, 1), datetime(2026, 12, 1, 23, 0, tzinfo=UTC)),
    ],
)
def test_midnight_is_midnight_in_a_zone_with_summer_time(last: date, moment: datetime) -> None:
    config = config_of("Europe/Berlin")
    before = moment - timedelta(microseconds=1)
    assert in_force(waiver(expires=last), before, config)
    assert not in_force(waiver(expires=last), moment, config)
    assert in_force(waiver(expires=last), before.astimezone(BERLIN), config)
    assert not in_force(waiver(expires=last), moment.astimezone(BERLIN), config)
    assert today(before, config) == last
    assert days_left(last, moment, config) == -1


def test_the_zone_of_the_caller_does_not_matter() -> None:
    moment = datetime(2026, 12, 31, 16, 0, tzinfo=UTC)
    for zone in (UTC, SHANGHAI, BERLIN, ZoneInfo("America/New_York")):
        assert today(moment.astimezone(zone), config_of()) == date(2027, 1, 1)


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="aware"):
        today(datetime(2026, 12, 31), config_of())  # noqa: DTZ001


@pytest.mark.parametrize(("days", "soon"), [(-1, False), (0, True), (30, True), (31, False)])
def test_what_ends_soon(days: int, soon: bool) -> None:
    now = datetime(2026, 12, 31, 12, 0, tzinfo=SHANGHAI)
    assert ends_soon(LAST + timedelta(days=days), now, config_of()) is soon


def test_how_long_a_review_is_fresh() -> None:
    now = datetime(2026, 12, 31, 12, 0, tzinfo=SHANGHAI)
    config = config_of(register_review_max_age_days=10)
    assert is_fresh(date(2026, 12, 31), now, config)
    assert is_fresh(date(2026, 12, 21), now, config)
    assert not is_fresh(date(2026, 12, 20), now, config)
    assert not is_fresh(date(2027, 1, 1), now, config)
    assert not is_fresh(None, now, config)


def test_the_status_of_a_public_network_review() -> None:
    review = PublicNetworkReview(
        title="t", author="a", reviewed_on=date(2026, 9, 1), valid_until=LAST, prefixes=(), where=WHERE
    )
    moments = {
        datetime(2026, 8, 31, 15, 59, tzinfo=UTC): "recorded_expired",
        datetime(2026, 8, 31, 16, 0, tzinfo=UTC): "recorded_valid",
        datetime(2026, 12, 31, 15, 59, tzinfo=UTC): "recorded_valid",
        datetime(2026, 12, 31, 16, 0, tzinfo=UTC): "recorded_expired",
    }
    assert {now: review_status(review, now, config_of()) for now in moments} == moments


IN_WINDOW = datetime(2026, 12, 1, 12, 0, tzinfo=SHANGHAI)
RUNNING = datetime(2026, 6, 1, 12, 0, tzinfo=SHANGHAI)
AFTER = datetime(2027, 1, 1, 0, 0, tzinfo=SHANGHAI)
BEFORE = datetime(2024, 12, 31, 23, 59, tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("status", "now", "expected"),
    [
        ("active", RUNNING, "valid"),
        ("active", IN_WINDOW, "expiring_soon"),
        ("active", datetime(2026, 12, 31, 23, 59, tzinfo=SHANGHAI), "expiring_soon"),
        ("active", datetime(2026, 12, 31, 15, 59, tzinfo=UTC), "expiring_soon"),
        ("active", datetime(2026, 12, 31, 16, 0, tzinfo=UTC), "expired"),
        ("active", AFTER, "expired"),
        ("active", BEFORE, "not_started"),
        ("active", datetime(2024, 12, 31, 16, 0, tzinfo=UTC), "valid"),  # 00:00 of the first day
        ("offline", RUNNING, "valid"),
        ("offline", AFTER, "expired"),
        ("planned", BEFORE, "not_started"),
        ("planned", RUNNING, "unknown"),
        ("provisioning", RUNNING, "unknown"),
        ("provisioning", BEFORE, "not_started"),
        ("deprovisioning", RUNNING, "expiring_soon"),
        ("deprovisioning", AFTER, "terminated"),
        ("decommissioned", RUNNING, "terminated"),
        ("decommissioned", BEFORE, "terminated"),
    ],
)
def test_contract_status(status: str, now: datetime, expected: str) -> None:
    assert contract_status(circuit_of(status), now, config_of()) == expected


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("planned", "not_started"),
        ("provisioning", "not_started"),
        ("active", "unknown"),
        ("offline", "unknown"),
        ("deprovisioning", "unknown"),
        ("decommissioned", "terminated"),
    ],
)
def test_contract_status_without_days(status: str, expected: str) -> None:
    circuit = circuit_of(status, install_date=None, termination_date=None)
    assert contract_status(circuit, RUNNING, config_of()) == expected


def test_contract_status_with_one_day() -> None:
    config = config_of()
    assert contract_status(circuit_of(termination_date=None), RUNNING, config) == "unknown"
    assert contract_status(circuit_of(termination_date=None), BEFORE, config) == "not_started"
    assert contract_status(circuit_of(install_date=None), RUNNING, config) == "valid"


def test_a_renewal_matters_once_the_last_day_has_passed() -> None:
    circuit, config = circuit_of(renewal_pending=True), config_of()
    assert contract_status(circuit, RUNNING, config) == "valid"
    assert contract_status(circuit, IN_WINDOW, config) == "expiring_soon"
    assert contract_status(circuit, AFTER, config) == "renewal_pending"
    assert contract_status(circuit_of("deprovisioning", renewal_pending=True), AFTER, config) == "terminated"


def test_the_window_is_a_setting() -> None:
    assert contract_status(circuit_of(), IN_WINDOW, config_of(expiry_warning_days=29)) == "valid"
    assert contract_status(circuit_of(), IN_WINDOW, config_of(expiry_warning_days=30)) == "expiring_soon"
    last_day = datetime(2026, 12, 31, 12, 0, tzinfo=SHANGHAI)
    assert contract_status(circuit_of(), last_day, config_of(expiry_warning_days=0)) == "expiring_soon"


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        ({}, "valid"),
        ({"valid_until": LAST}, "valid"),
        ({"valid_until": date(2026, 12, 30)}, "expired"),
        ({"valid_from": LAST}, "valid"),
        ({"valid_from": date(2027, 1, 1)}, "not_held"),
        ({"checked_on": None}, "unverified"),
        ({"checked_on": LAST}, "valid"),
        ({"checked_on": date(2027, 1, 1)}, "unverified"),
        ({"checked_on": date(2020, 1, 1)}, "valid"),
        ({"valid_until": None}, "valid"),
        ({"valid_until": None, "checked_on": date(2025, 12, 31)}, "valid"),
        ({"valid_until": None, "checked_on": date(2025, 12, 30)}, "unverified"),
        ({"valid_until": date(2026, 12, 30), "checked_on": None}, "expired"),
    ],
)
def test_one_licence(days: dict[str, date | None], expected: str) -> None:
    now = datetime(2026, 12, 31, 15, 59, tzinfo=UTC)
    assert licence_status(provider("china_telecom", licence(**days)), "cross_border", now, config_of()) == expected


def test_a_licence_ends_at_midnight() -> None:
    ending = provider("china_telecom", licence(valid_until=LAST))
    config = config_of()
    assert licence_status(ending, "cross_border", datetime(2026, 12, 31, 15, 59, tzinfo=UTC), config) == "valid"
    assert licence_status(ending, "cross_border", datetime(2026, 12, 31, 16, 0, tzinfo=UTC), config) == "expired"


def held(*categories: str, held: bool = True) -> Licence:
    return Licence(categories=categories, valid_until=date(2030, 1, 1), checked_on=date(2026, 5, 1), held=held)


@pytest.mark.parametrize(
    ("class_", "licences", "scope", "expected"),
    [
        ("china_telecom", (), "cross_border", "unverified"),
        ("china_telecom", (held("A24-1"),), "cross_border", "valid"),  # membership decides, not the category
        ("china_telecom", (held("A14-4", held=False), held("A24-1")), "cross_border", "not_held"),
        ("china_telecom", (held("B13", held=False),), "cross_border", "unverified"),
        ("china_broadnet", (held("A14-2"),), "cross_border", "unverified"),
        ("china_broadnet", (held("A14-2"),), "domestic", "valid"),
        ("b13_provider", (held("B13"),), "domestic", "valid"),
        ("b13_provider", (held("B13"),), "cross_border", "unverified"),
        ("b13_provider", (held("B13"),), "unknown", "valid"),
        ("b13_provider", (held("B14"),), "domestic", "unverified"),
        ("b13_provider", (held("A14-2"),), "domestic", "unverified"),  # basic categories are the operators' own
        ("b13_provider", (held("B13", held=False),), "domestic", "not_held"),
        ("a241_provider", (held("B11", "A24-1"),), "domestic", "valid"),
        ("overseas_operator", (), "cross_border", "unverified"),
        ("cloud_provider", (held("B11", "B13"),), "cross_border", "unverified"),
        ("cloud_provider", (held("A14-1"),), "domestic", "valid"),
        ("commercial_vpn_provider", (), "domestic", "not_held"),
        ("commercial_vpn_provider", (held("B13"),), "domestic", "valid"),
        ("unlicensed_provider", (), "unknown", "not_held"),
        ("unlicensed_provider", (held("B13"),), "domestic", "not_held"),
        ("unknown", (), "domestic", "unverified"),
    ],
)
def test_which_licences_count(class_: str, licences: tuple[Licence, ...], scope: str, expected: str) -> None:
    assert licence_status(provider(class_, *licences), scope, RUNNING, config_of()) == expected


def test_the_best_licence_counts() -> None:
    old, unchecked = licence(valid_until=date(2026, 1, 1)), licence(checked_on=None)
    missing, good = held("A14-4", held=False), licence()
    config = config_of()
    for licences, expected in (
        ((old, unchecked, missing, good), "valid"),
        ((missing, old, unchecked), "unverified"),
        ((missing, old), "expired"),
    ):
        assert licence_status(provider("china_telecom", *licences), "cross_border", IN_WINDOW, config) == expected


def test_the_scope_can_come_from_a_circuit() -> None:
    holder = provider("b13_provider", held("B13"))
    assert licence_status(holder, circuit_of(a="CN", z="CN"), RUNNING, config_of()) == "valid"
    assert licence_status(holder, circuit_of(a="CN", z="HK"), RUNNING, config_of()) == "unverified"
