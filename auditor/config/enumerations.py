"""Values of the enumerated keys: those of the guidance facts that people can state, and NetBox's for circuits."""

from auditor.model.enumerations import PLACES, WORDS


def _stated(fact: str, *leave_out: str) -> tuple[str, ...]:
    """Return the values of `fact` that make sense as a statement of the company."""
    return tuple(value for value in WORDS[fact] if value not in leave_out)


UPLINK_CLASSES = _stated("uplink_class")
SERVES = _stated("serves_external_customers")
PERMIT_STATUSES = _stated("serving_permit_status")
SERVING_SCOPES = _stated("serving_scope")
UNMATCHED = _stated("policy_unmatched_cross_border")

COUNTRIES = tuple(sorted(PLACES))
RELATIONS = _stated("remote_network", "unknown")
OPERATOR_CLASSES = _stated("remote_operator_class", "not_applicable")
PROVIDER_CLASSES = _stated("service_provider", "none")
THREE_CARRIERS = ("china_telecom", "china_mobile", "china_unicom")
INTERNATIONAL_CATEGORIES = ("A11-4", "A14-1", "A14-4")
DOMESTIC_CATEGORIES = ("A24-1", "B13")

CIRCUIT_STATUSES = ("planned", "provisioning", "active", "offline", "deprovisioning", "decommissioned")
CONTRACT_PARTIES = _stated("contract_party", "not_applicable")
PURPOSES = _stated("declared_purpose", "not_applicable")
USER_RECORDS = _stated("user_record", "not_applicable")
ONWARD_REACHES = _stated("onward_reach", "not_applicable")

REPORT_FORMATS = ("html", "json", "text", "csv", "junit", "ocsf", "prometheus", "markdown", "pdf")
LANGUAGES = ("both", "en", "zh")
