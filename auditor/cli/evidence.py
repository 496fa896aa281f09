"""`auditor evidence`: one stored scan with all that an outside auditor needs, in one file."""

import argparse
import sys
from pathlib import Path

from auditor.cli.history import add_directory, history_of
from auditor.cli.verify import add_trust, trusted
from auditor.config import find_config, load_config
from auditor.errors import InputError
from auditor.history import journal, signatures
from auditor.history.choose import LAST, chosen
from auditor.history.files import measured
from auditor.history.records import digest, to_line
from auditor.history.signing import Signer
from auditor.model.judgement import Status
from auditor.outcome import EXIT_CODES

EXAMPLE = "sudo auditor evidence last --output evidence.tar.gz"


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the scan and the options of `evidence`."""
    parser.description = (
        "Packs one stored scan with its report, configuration, register, controls, journal and signatures into one"
        " file, with instructions to verify it by sha256sum and ssh-keygen alone. What has changed since the scan, or"
        " looks like a secret, is left out and said so. Ends in 0, or 1 if the record should be signed and is not, 2 if"
        " the journal is not whole, 3 if it could not be packed."
    )
    parser.add_argument("scan", metavar="SCAN", help=f"number of a stored scan, {LAST}, or the file of its report.json")
    parser.add_argument(
        "--output", "-o", metavar="FILE", help="the file to write (default: auditor-evidence-NUMBER.tar.gz, here)"
    )
    add_directory(parser)
    add_trust(parser)
    parser.add_argument(
        "--register", metavar="FILE", help="where the register is now (default: where the scan read it)"
    )
    parser.add_argument(
        "--lang", choices=("en", "zh", "both"), help="make the HTML report anew in this language (default: as written)"
    )


def run(args: argparse.Namespace) -> int:
    """Pack; print what was left out, the path and its digest; return 0, 1 or 2. Raises InputError, OutputError."""
    directory = Path(args.directory)
    history, trust = history_of(directory), trusted(args)
    key = load_config(args.config or find_config()).history.signing_key
    try:
        record = chosen(history, args.scan)
        whole = all(line.record is not None and line.chained for line in journal.read(history))
    except OSError as error:
        raise InputError([f"{history}: cannot be read: {error.strerror}"]) from None
    from auditor.evidence.pack import pack  # NOTE: reports load only once there is one to make
    from auditor.evidence.parts import Wanted

    target = Path(args.output or f"auditor-evidence-{record.number:06d}.tar.gz")
    places = {"config": args.config, "register": args.register}
    wanted = Wanted(
        directory=directory, history=history, record=record, trust=trust, languages=args.lang, places=places
    )
    folder = pack(wanted, target, Signer(key) if key else None)
    for name, why in folder.left_out:
        print(f"left out: {name}: {why.en}", file=sys.stderr)
    if not whole:
        print(f"auditor: {history / journal.NAME}: not whole (auditor verify)", file=sys.stderr)
    print(target)
    print(f"SHA-256: {measured(target)[1]}")
    unsigned = trust.allowed is not None and not folder.has(signatures.file_name(digest(to_line(record))))
    return EXIT_CODES[Status.CRITICAL if not whole else Status.WARNING if unsigned else Status.OK]
