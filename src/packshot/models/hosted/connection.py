"""What all hosted models share: the connection to their provider, what it still needs, and who pays."""

from dataclasses import dataclass, replace
from functools import cached_property
from importlib import import_module
from importlib.util import find_spec
from typing import Any, ClassVar, Final, Generic, Self, TypeVar

from packshot.errors import ModelUnavailable
from packshot.models.hosted.desk import Desk, desk
from packshot.models.hosted.line import Line
from packshot.ports import NOBODY, Account, Toolbox
from packshot.providers import Provider

P = TypeVar("P", bound=Provider)
C = TypeVar("C", bound="ProviderConnection[Any]")

INSTALL: Final = "pip install 'packshot[hosted]'"


class ProviderConnection(Generic[P]):
    """The client and the desk, shared by all models of one provider."""

    provider: ClassVar[str]  # as the settings call it
    title: ClassVar[str]  # as people call it
    keys: ClassVar[tuple[str, ...]]  # variables that may hold its key, the familiar one first
    library: ClassVar[str]  # its maker's own

    def __init__(self, toolbox: Toolbox, line: Line | None = None) -> None:
        self.settings: P = getattr(toolbox.settings, self.provider)
        self.most_tokens = toolbox.settings.hosted.max_answer_tokens
        self.desk: Desk = desk(self.provider, self.settings, toolbox, line)

    @cached_property
    def client(self) -> Any:
        """Raises ModelUnavailable where the key or the library is missing."""
        if not self._key:
            names = ", ".join(self.keys[:-1])
            hint = f"set {names} or {self.keys[-1]}, in the environment or in .env"
            raise ModelUnavailable(f"{self.provider} needs a key", hint=hint)
        try:
            library = import_module(self.library)
        except ImportError as error:
            raise ModelUnavailable(f"the client library of {self.title} is not installed", hint=INSTALL) from error
        return self.opened(library, self._key)

    def opened(self, library: Any, key: str) -> Any:
        """The library's client, its retries switched off, over our own transport."""
        raise NotImplementedError

    @property
    def needs(self) -> str:
        """What is missing before a model can be asked; empty where nothing is."""
        if find_spec(self.library.partition(".")[0]) is None or find_spec("httpx") is None:
            return INSTALL
        return "" if self._key else self.keys[0]

    @property
    def _key(self) -> str:
        return "" if self.settings.key is None else self.settings.key.get_secret_value().strip()


@dataclass(frozen=True)
class HostedModel(Generic[C]):
    """A model of a provider, and who pays for what it is asked."""

    connection: C
    account: Account = NOBODY

    def charged_to(self, account: Account) -> Self:
        return replace(self, account=account)

    @property
    def needs(self) -> str:
        return self.connection.needs

    def told(self, summary: str) -> str:
        """A card's summary, with what must be given before the model can be asked."""
        return f"{summary} (paid); needs {self.needs}" if self.needs else f"{summary} (paid)"
