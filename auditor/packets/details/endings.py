"""How the child that dissects ends where it cannot: one exit code for each reason."""

NO_NAMESPACE, NO_SCAPY, NOT_CLOSED, NOT_SPARE = 10, 11, 12, 13
