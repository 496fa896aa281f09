"""Every key of auditor.toml."""

from auditor.config import enumerations as values
from auditor.config.forms import COUNTRY, FILE, ZONE, one_of, pattern, seconds, text, whole
from auditor.config.keys import Key, Table
from auditor.config.lookup_keys import LOOKUPS
from auditor.config.network_forms import INTERFACE
from auditor.config.notify_keys import NOTIFY
from auditor.model.register import (
    Config,
    HistorySettings,
    LocationData,
    Policy,
    ProbeSettings,
    ReportSettings,
    Serving,
    Site,
    Uplink,
)

SLUG = pattern(r"[A-Za-z0-9_-]+", "a short name of letters, digits, - and _", most=100)
CATEGORY = pattern(r"[AB][1-9][0-9](?:-[1-9][0-9]?)?", "a category of the telecom catalogue such as A14-4 or B13")
_DAYS = whole(0, 3660, "a number of days")
_PROBE = pattern(r"[a-z][a-z0-9_]*", "the name of a probe as `auditor probes` lists it", most=60)

UPLINK = Table(
    name="uplink",
    field="uplinks",
    model=Uplink,
    many=True,
    doc="One way by which the site reaches the public network; one table for each.",
    keys=(
        Key(name="interface", form=INTERFACE, required=True, doc="Network interface of the uplink.", example="eth0"),
        Key(
            name="provider",
            form=SLUG,
            doc="Who provides the access: the slug of a provider in the register.",
            example="china-telecom",
        ),
        Key(
            name="class",
            field="class_",
            form=one_of(*values.UPLINK_CLASSES),
            default="unknown",
            doc="What the access provider is (control N-01); foreign_confirmed is, for example, a foreign SIM card.",
            example="basic_carrier",
        ),
        Key(name="contract", form=text(), doc="Number of the access contract.", example="CT-SH-2026-0117"),
        Key(
            name="namespace",
            form=text(most=100),
            doc="Network namespace in which the interface is, when it is not the host's own.",
            example="wan",
        ),
    ),
)

SITE = Table(
    name="site",
    model=Site,
    doc="The site at which this gateway stands.",
    keys=(
        Key(name="name", form=text(), required=True, doc="Name of the site.", example="Shanghai office"),
        Key(name="name_zh", form=text(), doc="Name of the site in Chinese.", example="上海办公室"),
        Key(
            name="location",
            form=COUNTRY,
            doc="Country or region of the site (ISO 3166-1 alpha-2); CN is the mainland, HK, MO and TW stand alone.",
            example="CN",
        ),
    ),
    tables=(UPLINK,),
)

SERVING = Table(
    name="serving",
    model=Serving,
    doc="Whether this gateway serves anybody outside the company (controls O-01 and O-02).",
    keys=(
        Key(
            name="serves_external_customers",
            form=one_of(*values.SERVES),
            default="unknown",
            doc="Whether VPN or proxy service is given to outsiders, as the responsible unit states it.",
            example="no",
        ),
        Key(
            name="permit_status",
            form=one_of(*values.PERMIT_STATUSES),
            default="unknown",
            doc="State of the company's own telecom permit for that service.",
            example="not_applicable",
        ),
        Key(name="permit_number", form=text(), doc="Number of that permit.", example="B1-20261234"),
        Key(
            name="permit_categories",
            form=CATEGORY,
            many=True,
            default=[],
            doc="Categories of the telecom catalogue that the permit covers.",
            example=["B13"],
        ),
        Key(
            name="scope",
            form=one_of(*values.SERVING_SCOPES),
            default="unknown",
            doc="Where the customers served are.",
            example="not_applicable",
        ),
    ),
)

POLICY = Table(
    name="policy",
    model=Policy,
    doc="Switches of the guidance's rules; every report shows them.",
    keys=(
        Key(
            name="unmatched_cross_border",
            form=one_of(*values.UNMATCHED),
            default="fail",
            doc="Outcome of control X-01 for a cross-border connection that no circuit explains; never a pass.",
            example="fail",
        ),
        Key(
            name="look_back_days",
            form=_DAYS,
            default=30,
            doc="A tunnel that is down counts as recently used for this many days.",
            example=30,
        ),
        Key(
            name="expiry_warning_days",
            form=_DAYS,
            default=30,
            doc="Contracts, licences, waivers and acknowledgements are reported this many days before they end.",
            example=30,
        ),
        Key(
            name="register_review_max_age_days",
            form=_DAYS,
            default=365,
            doc="The review of the whole register, and the check of a licence without end, hold for this many days.",
            example=365,
        ),
        Key(
            name="location_data_max_age_days",
            form=_DAYS,
            default=180,
            doc="Location and AS number data older than this many days are reported as stale.",
            example=180,
        ),
    ),
)

PROBES = Table(
    name="probes",
    model=ProbeSettings,
    doc="How the probes run.",
    keys=(
        Key(
            name="time_limit_s",
            form=seconds(600),
            default=30.0,
            doc="Seconds that one probe may take before it is ended and becomes a blind spot.",
            example=30.0,
        ),
        Key(
            name="disabled",
            form=_PROBE,
            many=True,
            default=[],
            doc="Probes that do not run; each is a blind spot in the report.",
            example=["openvpn"],
        ),
    ),
)

REPORT = Table(
    name="report",
    model=ReportSettings,
    doc="Where and how reports are written.",
    keys=(
        Key(
            name="directory",
            form=FILE,
            doc="Directory for reports; a relative path counts from the directory of this file.",
            example="/var/lib/auditor/report",
        ),
        Key(
            name="formats",
            form=one_of(*values.REPORT_FORMATS),
            many=True,
            at_least=1,
            default=["html", "json"],
            doc="Files that a scan writes.",
            example=["html", "json"],
        ),
        Key(
            name="languages",
            form=one_of(*values.LANGUAGES),
            default="both",
            doc="Language of the report: English, Chinese, or both with a switch.",
            example="both",
        ),
        Key(
            name="textfile_directory",
            form=FILE,
            doc="Directory of node-exporter's textfile collector, where every scan writes auditor.prom; a relative path"
            " counts from the directory of this file.",
            example="/var/lib/prometheus/node-exporter",
        ),
    ),
)

LOCATION_DATA = Table(
    name="location_data",
    model=LocationData,
    doc="Location data of the company's own.",
    keys=(
        Key(
            name="files",
            form=FILE,
            many=True,
            default=[],
            doc="MMDB files (GeoLite2, DB-IP, IPinfo and others), asked beside the data that come with the"
            " program; a relative path counts from the directory of this file.",
            example=["GeoLite2-Country.mmdb"],
        ),
        Key(
            name="directory",
            form=FILE,
            default="/var/lib/auditor/data",
            doc="Where `auditor data update` puts data and a scan looks for them; a relative path counts from the"
            " directory of this file.",
            example="/var/lib/auditor/data",
        ),
    ),
)

HISTORY = Table(
    name="history",
    model=HistorySettings,
    doc="Scans that are kept, in the directory history beside the reports.",
    keys=(
        Key(
            name="max_age_days",
            form=_DAYS,
            default=366,
            doc="Scans older than this many days are removed; the newest never is.",
            example=366,
        ),
        Key(
            name="max_scans",
            form=whole(1, 1_000_000, "a number of scans"),
            default=1000,
            doc="Of more scans than this the oldest are removed.",
            example=1000,
        ),
        Key(
            name="signing_key",
            form=FILE,
            doc="Private key, without a passphrase, with which `ssh-keygen` signs every record; or a public key whose"
            " private half an agent holds. Off without it.",
            example="signing_key",
        ),
        Key(
            name="signer",
            form=pattern(r"[A-Za-z0-9][A-Za-z0-9._@+-]*", "the name of a signer, such as sh-gw-1", most=100),
            doc="Name of this gateway in allowed_signers.",
            example="sh-gw-1",
        ),
        Key(
            name="allowed_signers",
            form=FILE,
            doc="Public keys that may sign, each with the name of its holder (ssh-keygen(1), allowed signers).",
            example="allowed_signers",
        ),
    ),
)

CONFIG = Table(
    name="auditor.toml",
    model=Config,
    doc="Configuration of auditor on one gateway.",
    keys=(
        Key(
            name="gateway_name",
            form=text(most=100),
            doc="Name of this gateway in reports; the host name when absent.",
            example="sh-gw-1",
        ),
        Key(
            name="zone",
            form=ZONE,
            default="Asia/Shanghai",
            doc="Time zone whose whole days all dates of both files mean.",
            example="Asia/Shanghai",
        ),
        Key(
            name="register",
            field="register_path",
            form=FILE,
            doc="Path of the circuit register, counted from the directory of this file; register.toml beside it when"
            " absent.",
            example="register.toml",
        ),
    ),
    tables=(SITE, SERVING, POLICY, LOCATION_DATA, LOOKUPS, PROBES, REPORT, HISTORY, NOTIFY),
)
