"""What a task may use besides its request."""

from dataclasses import dataclass

from packshot.ports import Models, Signer
from packshot.settings import Settings


@dataclass(frozen=True)
class Services:
    """Built by `wiring.open_services`, passed down. A test swaps one field with `dataclasses.replace`."""

    settings: Settings
    models: Models
    signer: Signer | None = None
