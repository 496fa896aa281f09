"""What `verify` finds."""

from dataclasses import dataclass

from auditor.model.judgement import Status
from auditor.model.text import Text


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found: the file, what of it, and whether it is a fault, else a remark.

    A remark explains itself (`asks` is ok), asks a person to look (warning), or says what could not be checked
    (unknown).
    """

    file: str
    says: Text
    fault: bool = True
    asks: Status = Status.OK
