"""What is worth a warning in two valid files: entries that do not do what their writer expects, and ends that come."""

from collections.abc import Collection, Iterator
from datetime import datetime

from auditor.config.check_circuits import circuit_warnings
from auditor.config.check_exceptions import exception_warnings
from auditor.config.check_overlap import overlap_warnings
from auditor.config.check_providers import provider_warnings
from auditor.config.dates import days_left, is_fresh
from auditor.config.enumerations import THREE_CARRIERS
from auditor.config.read import Files
from auditor.config.validate import Problem
from auditor.config.words import show, suggestion
from auditor.model.lookup import PROBE as LOOKUPS
from auditor.model.register import Config, Register


def warnings(
    files: Files, now: datetime, *, controls: Collection[str] | None = None, probes: Collection[str] | None = None
) -> list[str]:
    """Return all warnings as lines ``file:line: key: text``, configuration first, each file in its own order.

    `controls` and `probes` are the ids and names that exist (None: not compared).
    """
    config, register = files.config, files.register
    lines: list[str] = []
    if files.config_document is not None:
        lines += files.config_document.say(list(_config_warnings(config, register, probes)))
    if files.register_document is not None:
        found = [
            *_register_warnings(config, register, now),
            *provider_warnings(config, register, now),
            *circuit_warnings(config, register, now),
            *overlap_warnings(register),
            *exception_warnings(config, register, now, controls, None if probes is None else {*probes, LOOKUPS}),
        ]
        lines += files.register_document.say(found)
    return lines


def _config_warnings(config: Config, register: Register, probes: Collection[str] | None) -> Iterator[Problem]:
    """Yield warnings about auditor.toml."""
    if config.site.location is None:
        yield Problem(
            path=("site", "location"), text="is not stated, so no connection can be called domestic or cross-border"
        )
    providers = {provider.slug: provider for provider in register.providers}
    for index, uplink in enumerate(config.site.uplinks):
        path = ("site", "uplink", index, "provider")
        provider = providers.get(uplink.provider or "")
        if uplink.provider is not None and provider is None and register.path is not None:
            near = suggestion(uplink.provider, tuple(providers))
            yield Problem(
                path=path, text=f"{show(uplink.provider)} is not the slug of a provider in the register{near}"
            )
        if provider is not None and uplink.class_ == "basic_carrier" and provider.class_ not in THREE_CARRIERS:
            yield Problem(
                path=path, text=f"the uplink's class is basic_carrier, but this provider is {provider.class_}"
            )
    if probes is None:
        return
    for index, name in enumerate(config.probes.disabled):
        if name not in probes:
            yield Problem(
                path=("probes", "disabled", index),
                text=f"{show(name)} is not the name of a probe{suggestion(name, tuple(probes))}",
            )


def _register_warnings(config: Config, register: Register, now: datetime) -> Iterator[Problem]:
    """Yield warnings about the register as a whole and about its known networks."""
    most = config.policy.register_review_max_age_days
    if register.reviewed_on is None:
        yield Problem(path=("reviewed_on",), text="is not stated, so control A-02 stays in review")
    elif days_left(register.reviewed_on, now, config) > 0:
        yield Problem(path=("reviewed_on",), text=f"{register.reviewed_on} lies in the future")
    elif not is_fresh(register.reviewed_on, now, config):
        yield Problem(path=("reviewed_on",), text=f"{register.reviewed_on} is more than {most} days ago")
    owners: dict[object, int] = {}
    for index, network in enumerate(register.networks):
        if network.location is None:
            yield Problem(
                path=("network", index, "location"), text="is not stated, so connections to this network stay unlocated"
            )
        if not network.prefixes and not network.hostnames:
            yield Problem(path=("network", index), text="has neither prefixes nor hostnames, so nothing is recognised")
        for position, prefix in enumerate(network.prefixes):
            first = owners.setdefault(prefix, index)
            if first != index:
                yield Problem(
                    path=("network", index, "prefixes", position), text=f"{prefix} is also stated by network[{first}]"
                )
