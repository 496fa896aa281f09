"""What every object needs to know of the company's statements and of the day."""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from auditor.ipdata.locate import Locator
from auditor.ipdata.operators import shipped, stated
from auditor.matching import CircuitIndex
from auditor.model.past import NOTHING, Past
from auditor.model.register import Circuit, Config, Network, Provider, Register
from auditor.model.text import Text
from auditor.places import KnownNetworks


@dataclass(frozen=True, kw_only=True)
class Context:
    """Configuration, register, the moment as of which is judged (aware) and earlier scans; indexes are built once.

    `known_at` is when it is judged, by which statements count as made and as fresh; `seen_at` when the host was looked
    at, from which the look-back of guidance 5.6 counts. None: at `now` too. `remarks` are notices that the scan began
    with.
    """

    config: Config
    register: Register
    now: datetime
    past: Past = NOTHING
    known_at: datetime | None = None
    seen_at: datetime | None = None
    remarks: tuple[Text, ...] = ()

    @property
    def stated_by(self) -> datetime:
        """Return the moment by which reviews and look-ups of people, and data, count as made and as fresh."""
        return self.known_at or self.now

    @cached_property
    def index(self) -> CircuitIndex:
        """Return the index of all circuits."""
        return CircuitIndex(self.register.circuits)

    @cached_property
    def networks(self) -> KnownNetworks:
        """Return the index of the company's networks."""
        return KnownNetworks(self.register.networks, self.register.reviewed_on)

    @cached_property
    def locator(self) -> Locator:
        """Return what knows where public addresses are; raises InputError for a data file that is not sound."""
        own = tuple(map(stated, self.register.operators))
        data = self.config.location_data
        return Locator(shipped().with_more(own), data.files, data.directory)

    @cached_property
    def mainland_prefixes(self) -> tuple[Network, ...]:
        """Return the prefixes of the company's networks that it places in the mainland."""
        return tuple(p for network in self.register.networks if network.location == "CN" for p in network.prefixes)

    @cached_property
    def _circuits(self) -> dict[tuple[str, str], Circuit]:
        return {(circuit.provider, circuit.cid): circuit for circuit in self.register.circuits}

    @cached_property
    def providers(self) -> dict[str, Provider]:
        """Return the providers of the register by slug."""
        return {provider.slug: provider for provider in self.register.providers}

    def circuit(self, provider: str | None, cid: str | None) -> Circuit | None:
        """Return the circuit of that provider and id, None if the register has none."""
        return self._circuits.get((provider or "", cid or ""))

    def provider(self, slug: str | None) -> Provider | None:
        """Return the provider called `slug`, None if the register has none."""
        return self.providers.get(slug or "")
