"""The values that each fact can have (guidance section 4), as data.

A fact that is not known is the value "unknown" where the fact is a word, and None where it is a
truth value, a number or a list (in files also "unknown").
"""

from typing import Final


def _words(text: str) -> tuple[str, ...]:
    """Return the words of `text`."""
    return tuple(text.split())


WORDS: Final[dict[str, tuple[str, ...]]] = {
    "object_type": _words("tunnel public_network_access"),
    "tunnel_family": _words("network_tunnel proxy remote_access carrier_handoff none"),
    "realisation": _words("vpn_server software_vpn hardware_vpn integrated_vpn not_vpn unknown"),
    "tunnel_state": _words("up down unknown"),
    "initiator": _words("local remote unknown"),
    "remote_location_basis": _words("geoip register inventory outer_tunnel none"),
    "remote_location_confidence": _words("high low none"),
    "remote_address_class": _words("public private link_local cgnat ula anycast unresolved none"),
    "remote_operator_class": _words(
        "mainland_basic_carrier mainland_isp mainland_cloud carrier_overseas_affiliate overseas_isp"
        " overseas_cloud cdn_anycast commercial_vpn tunnel_broker unknown not_applicable"
    ),
    "remote_network": _words("own affiliate third_party unknown"),
    "provisioning": _words("self_built leased unknown"),
    "onward_reach": _words(
        "domestic_only overseas_via_licensed_circuit overseas_via_unqualified unknown not_applicable"
    ),
    "circuit_match": _words("none weak strong ambiguous conflict"),
    "service_provider": _words(
        "china_telecom china_mobile china_unicom china_broadnet citic_networks carrier_overseas_affiliate"
        " overseas_operator cloud_provider b13_provider a241_provider reseller commercial_vpn_provider"
        " unlicensed_provider unknown none"
    ),
    "provider_licence_status": _words("valid expired not_held unverified not_applicable"),
    "contract_party": _words(
        "carrier_direct overseas_party_to_carrier overseas_operator_to_carrier carrier_via_cloud_approved"
        " overseas_operator_only cloud_only provider_direct reseller unknown not_applicable"
    ),
    "contract_status": _words(
        "valid expiring_soon renewal_pending expired terminated not_started unknown not_applicable"
    ),
    "network_evidence": _words("match mismatch unknown not_applicable"),
    "declared_purpose": _words("internal_office own_dc_or_platform telecom_business resale unknown not_applicable"),
    "user_record": _words("yes no unknown not_applicable"),
    "public_network_review": _words("none recorded_valid recorded_expired"),
    "uplink_class": _words("basic_carrier licensed_isp foreign_suspected foreign_confirmed unknown"),
    "serves_external_customers": _words("no yes suspected unknown"),
    "serving_permit_status": _words("valid none expired unknown not_applicable"),
    "serving_scope": _words("domestic cross_border mixed unknown not_applicable"),
    "policy_unmatched_cross_border": _words("fail review"),
}
"""Facts that are one word of a closed list."""

MAINLAND_OPERATORS: Final = ("mainland_basic_carrier", "mainland_isp", "mainland_cloud")
"""Values of `remote_operator_class` for operators that work in the mainland."""

UNANNOUNCED: Final = ("private", "ula", "cgnat", "link_local")
"""Values of `remote_address_class` for addresses that nobody announces to the Internet."""

TRUTHS: Final = ("seen_up_recently", "default_route")
"""Facts that are true, false or (None) not known; written "unknown" in files."""

LOCATIONS: Final = ("local_location", "remote_location")
"""Facts that are a place: one of `PLACES` or "unknown"."""

CATEGORIES: Final = ("provider_licence_categories", "serving_permit_categories")
"""Facts that are a list of permit categories such as "A14-4"; None: not known."""

TEXTS: Final = ("protocol", "remote_endpoint", "path_id")
"""Facts that are free text of one line, shown as evidence and never judged."""

ADDRESS_FAMILIES: Final = (4, 6)

# ISO 3166-1 alpha-2, officially assigned codes, and XK (user-assigned, Kosovo) because data sets use
# it. CN is the mainland only; HK, MO and TW are places outside it (guidance 5.1). Anything else, the
# data sets' XX, ZZ, EU and AP included, is no place: it would be judged as one outside the mainland.
PLACES: Final = frozenset(
    _words(
        """
        AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV
        BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES
        ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE
        IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY
        MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU
        NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM
        SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE
        VG VI VN VU WF WS XK YE YT ZA ZM ZW
        """
    )
)
