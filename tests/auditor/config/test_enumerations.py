from auditor.config import enumerations as values
from auditor.config.countries import code_for
from auditor.model.enumerations import WORDS
from reports import FORMATS


def test_values_are_those_of_the_guidance_facts() -> None:
    for stated, fact in (
        (values.UPLINK_CLASSES, "uplink_class"),
        (values.PROVIDER_CLASSES, "service_provider"),
        (values.CONTRACT_PARTIES, "contract_party"),
        (values.PURPOSES, "declared_purpose"),
        (values.RELATIONS, "remote_network"),
        (values.ONWARD_REACHES, "onward_reach"),
        (values.USER_RECORDS, "user_record"),
    ):
        assert stated
        assert set(stated) < {*WORDS[fact], ""}
    assert set(values.THREE_CARRIERS) < set(values.PROVIDER_CLASSES)
    assert "none" not in values.PROVIDER_CLASSES
    assert "not_applicable" not in values.PURPOSES


def test_country_names_lead_to_codes() -> None:
    assert code_for(" china ") == "CN"
    assert code_for("sg") == "SG"
    assert code_for("nowhere") is None
    for code in ("CN", "HK", "MO", "TW"):
        assert code in values.COUNTRIES


def test_formats_are_those_of_the_reports() -> None:
    assert tuple(FORMATS) == values.REPORT_FORMATS
