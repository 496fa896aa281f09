"""The controls as functions: one a control, over the facts of one path and its scope.

`PREDICATES` is the list that runs, in catalogue order (guidance section 6). Each returns exactly one
`Finding`. The controls that need more than facts (T-02, T-03, A-01, A-02) are in `auditor.guidance.audit`.
"""

from typing import Final

from auditor.guidance.predicates import cross_border, domestic, gateway, places, remaining
from auditor.guidance.predicates.common import Predicate

PREDICATES: Final[dict[str, Predicate]] = {
    "G-01": remaining.g01,
    "L-01": places.l01,
    "N-01": gateway.n01,
    "U-01": places.u01,
    "P-01": domestic.p01,
    "P-02": domestic.p02,
    "P-03": domestic.p03,
    "P-04": domestic.p04,
    "X-01": cross_border.x01,
    "X-02": cross_border.x02,
    "X-03": cross_border.x03,
    "X-04": cross_border.x04,
    "X-05": cross_border.x05,
    "X-06": cross_border.x06,
    "X-07": cross_border.x07,
    "X-08": cross_border.x08,
    "X-09": cross_border.x09,
    "R-01": remaining.r01,
    "O-01": gateway.o01,
    "O-02": gateway.o02,
    "V-01": remaining.v01,
    "V-02": remaining.v02,
    "T-01": remaining.t01,
}
