"""What a date of the register means at a moment: days are whole days in the zone of the configuration.

A last day (`expires`, `termination_date`, `valid_until`) holds until 24:00 of that day in the zone, a first day from
00:00. `now` is always an argument, aware, in whatever zone the caller has it.
"""

from datetime import date, datetime

from auditor.config.enumerations import THREE_CARRIERS
from auditor.config.licences import covers, scope_of
from auditor.model.register import Acknowledgement, Circuit, Config, Licence, Provider, PublicNetworkReview, Waiver

_BEST_FIRST = ("valid", "unverified", "expired", "not_held")


def today(now: datetime, config: Config) -> date:
    """Return the day on which `now` falls in `Config.zone`; raises ValueError if `now` has no zone of its own."""
    if now.utcoffset() is None:
        raise ValueError("now must be an aware datetime")
    return now.astimezone(config.zone).date()


def days_left(last: date, now: datetime, config: Config) -> int:
    """Return the days after today up to and including `last`: 0 on that day, negative once it has passed."""
    return (last - today(now, config)).days


def in_force(entry: Waiver | Acknowledgement, now: datetime, config: Config) -> bool:
    """Return whether a waiver or acknowledgement holds: from `approved_on` through the whole day `expires`."""
    return entry.approved_on <= today(now, config) <= entry.expires


def ends_soon(last: date, now: datetime, config: Config) -> bool:
    """Return whether `last` is today or within the next `Policy.expiry_warning_days` days."""
    return 0 <= days_left(last, now, config) <= config.policy.expiry_warning_days


def is_fresh(looked_on: date | None, now: datetime, config: Config) -> bool:
    """Return whether a day of review or look-up is known, not in the future and not too old (control A-02)."""
    if looked_on is None:
        return False
    return 0 <= -days_left(looked_on, now, config) <= config.policy.register_review_max_age_days


def review_status(review: PublicNetworkReview, now: datetime, config: Config) -> str:
    """Return fact `public_network_review` for one record: recorded_valid from `reviewed_on` through `valid_until`.

    Otherwise recorded_expired; a record dated in the future does not help either.
    """
    holds = review.reviewed_on <= today(now, config) <= review.valid_until
    return "recorded_valid" if holds else "recorded_expired"


def contract_status(circuit: Circuit, now: datetime, config: Config) -> str:
    """Return fact `contract_status` (controls X-04 and P-03), decided in this order.

    - `terminated`: status is decommissioned, or deprovisioning and the last day has passed.
    - `not_started`: install_date lies in the future, or status is planned or provisioning without one.
    - `unknown`: status is planned or provisioning although install_date has come (the entry contradicts
      itself), or termination_date is not recorded. A date that nobody wrote down helps nobody.
    - `renewal_pending`, `expired`: the last day has passed, with and without `renewal_pending`. While the
      contract runs, a renewal being agreed changes nothing.
    - `expiring_soon`: the last day is today or within `Policy.expiry_warning_days`, or the circuit is deprovisioning.
    - `valid`: otherwise. Status offline says that the line is down, not that the contract ended.
    """
    day = today(now, config)
    last = circuit.termination_date
    leaving = circuit.status == "deprovisioning"
    if circuit.status == "decommissioned" or (leaving and last is not None and last < day):
        return "terminated"
    coming = circuit.status in ("planned", "provisioning")
    if (circuit.install_date is not None and day < circuit.install_date) or (coming and circuit.install_date is None):
        return "not_started"
    if coming or last is None:
        return "unknown"
    if last < day:
        return "renewal_pending" if circuit.renewal_pending else "expired"
    return "expiring_soon" if leaving or ends_soon(last, now, config) else "valid"


def licence_status(
    provider: Provider, service: Circuit | str, now: datetime, config: Config, known_at: datetime | None = None
) -> str:
    """Return fact `provider_licence_status` (controls X-02 and P-02) for a circuit, or for a scope.

    Only permits that can cover the service count (`covers`). For the three carriers membership decides, not
    the category: if none of theirs is recorded for the scope, every permit held counts.

    - `valid`: one such permit is held, in force today, and was looked up on a day not in the future. One
      without a last day counts for `Policy.register_review_max_age_days` after the look-up.
    - `unverified`: one is held but `checked_on` is missing, lies in the future or (without a last day) is too
      old; or no such permit is recorded. A permit for something else is no evidence that this one is missing.
    - `expired`: the last day has passed.
    - `not_held`: `held` is false or the permit has not begun; the class is unlicensed_provider, whatever is
      recorded; or it is commercial_vpn_provider and no such permit is recorded.
    - `not_applicable` is never returned; it belongs to objects without a provider.

    The best of several permits counts, in the order above. `known_at` is the moment by which a look-up counts as
    done and as fresh, by default `now`: who looks a permit up today knows of last week too.
    """
    if provider.class_ == "unlicensed_provider":
        return "not_held"
    scope = service if isinstance(service, str) else scope_of(service, config)
    relevant = [licence for licence in provider.licences if covers(licence.categories, provider.class_, scope)]
    if provider.class_ in THREE_CARRIERS and not relevant:
        relevant = [licence for licence in provider.licences if licence.held]
    found = {_one(licence, now, known_at or now, config) for licence in relevant}
    if not found:
        return "not_held" if provider.class_ == "commercial_vpn_provider" else "unverified"
    return min(found, key=_BEST_FIRST.index)


def _one(licence: Licence, now: datetime, known_at: datetime, config: Config) -> str:
    """Return the status of one permit by its own dates: in force at `now`, looked up by `known_at`."""
    day = today(now, config)
    if not licence.held or (licence.valid_from is not None and day < licence.valid_from):
        return "not_held"
    if licence.valid_until is not None and licence.valid_until < day:
        return "expired"
    if licence.checked_on is None or today(known_at, config) < licence.checked_on:
        return "unverified"
    if licence.valid_until is None and not is_fresh(licence.checked_on, known_at, config):
        return "unverified"
    return "valid"
