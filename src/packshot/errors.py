"""Everything Packshot raises on purpose, drawn as a tree.

    PackshotError
    ├── InputError                 what was given cannot be used; the giver can mend it
    │   ├── UnreadableImage        not a picture, or a damaged one
    │   ├── ImageTooLarge          over the limit of pixels, bytes or seconds
    │   ├── NoClearProduct         the cutout found nothing it would stand up for
    │   ├── NoSurface              nothing in the picture that a product could stand on
    │   ├── RecipeError            a recipe, step or parameter that cannot be
    │   ├── ProfileError           a marketplace profile that cannot be
    │   ├── SettingsError          a setting that cannot be
    │   ├── CertificateError       a certificate or key that cannot sign
    │   ├── ForbiddenUrl           an address that may not be asked
    │   ├── TooSlow                it was sent so slowly that nobody waits for it
    │   ├── UnsupportedMedia       it was sent as something else than is taken
    │   ├── ExtraMissing           an extra of this package that is not installed
    │   └── UnknownName            a name that nothing goes by
    ├── PluginClash                two packages claim one name
    ├── OutputError                the result could not be written
    │   └── StorageFull            there is no room left to write it
    ├── FetchFailed                what lies at an address did not come, or not whole
    │   └── FetchRefused           and it will not, however often one asks
    ├── ProductChanged             a picture that was to show the product as it is does not
    ├── TargetSizeUnreachable      the byte budget cannot be met above the quality floor
    ├── NotFound                   nothing goes by that id, or it is another's
    ├── Conflict                   it was changed, or named, by somebody else before
    │   └── Outdated               what was spoken of is not what is there any more
    ├── DatabaseUnavailable        the database does not answer
    ├── DatabaseBehind             its schema is not the one this version needs
    ├── Busy                       as much is under way as is taken at once
    │   ├── HostBusy               a host that photographs come from is asked later
    │   └── TooManyRequests        who asks has asked too often
    ├── UnknownCaller              nobody said who asks, or it is nobody we know
    ├── NotAllowed                 who asks may not do this
    ├── NotMadeYet                 a part of this version that comes later
    ├── QuotaExceeded              a tenant would keep more than it may
    ├── BudgetExceeded             a paid call would cost more than is left
    ├── ModelError                 a model failed or is not there
    │   ├── ModelUnavailable       it is not installed, or nothing answers
    │   ├── ModelRefused           it will not do this
    │   ├── ModelTimedOut          it took too long
    │   └── RateLimited            it wants us to wait
    └── Cancelled                  somebody stopped it

Each has a stable `code`, a `message`, a `hint` (a way out), `where` it happened (outermost place first) and whether
trying again may help. On the way up an error is enriched with `at()`, never wrapped.
"""

from collections.abc import Iterable
from decimal import Decimal
from difflib import get_close_matches
from typing import Any, ClassVar, Self


class PackshotError(Exception):
    """The root: a sentence with a way out."""

    code: ClassVar[str] = "error"
    retryable: ClassVar[bool] = False

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.where: list[str] = []

    def at(self, place: str) -> Self:
        """Put `place` in front of where it happened; gives the same error back."""
        self.where.insert(0, place)
        return self

    def __str__(self) -> str:
        return ": ".join([*self.where, self.message])

    def __reduce__(self) -> tuple[Any, ...]:
        # Errors travel from worker processes; the default would lose the keyword-only hint.
        return _rebuild, (type(self), dict(self.__dict__), self.args)

    def as_dict(self) -> dict[str, Any]:
        """The five fields that doors show and manifests keep."""
        return {
            "code": self.code,
            "message": self.message,
            "hint": self.hint,
            "where": list(self.where),
            "retryable": self.retryable,
        }


def _rebuild(kind: type[PackshotError], state: dict[str, Any], args: tuple[Any, ...]) -> PackshotError:
    error = kind.__new__(kind, *args)
    error.args = args
    error.__dict__.update(state)
    return error


class InputError(PackshotError):
    code = "input"


class UnreadableImage(InputError):
    code = "unreadable-image"


class ImageTooLarge(InputError):
    code = "image-too-large"


class NoClearProduct(InputError):
    code = "no-clear-product"


class NoSurface(InputError):
    code = "no-surface"


class RecipeError(InputError):
    code = "recipe"


class ProfileError(InputError):
    code = "profile"


class SettingsError(InputError):
    code = "settings"


class CertificateError(InputError):
    code = "certificate"


class ForbiddenUrl(InputError):
    code = "forbidden-url"


class TooSlow(InputError):
    code = "too-slow"
    retryable = True


class UnsupportedMedia(InputError):
    code = "unsupported-media"


class ExtraMissing(InputError):
    code = "extra-missing"


class UnknownName(InputError):
    code = "unknown-name"

    @classmethod
    def of(cls, kind: str, name: str, known: Iterable[str], *, listing: str = "") -> "UnknownName":
        """`no step is called 'cutuot'`, with the nearest name or, failing that, all of them as the hint."""
        names = sorted(known)
        near = get_close_matches(name, names, n=1, cutoff=0.5)
        hint = f"did you mean '{near[0]}'?" if near else f"there are: {', '.join(names)}"
        return cls(f"no {kind} is called '{name}'", hint=f"{hint} ({listing} lists them)" if listing else hint)


class PluginClash(PackshotError):
    code = "plugin-clash"


class OutputError(PackshotError):
    code = "output"
    retryable = True


class StorageFull(OutputError):
    code = "storage-full"


class FetchFailed(PackshotError):
    """`retry_after` is how many seconds the host wants to be left alone, or None where it does not."""

    code = "fetch-failed"
    retryable = True

    def __init__(self, message: str, *, hint: str = "", retry_after: float | None = None) -> None:
        super().__init__(message, hint=hint)
        self.retry_after = retry_after


class FetchRefused(FetchFailed):
    code = "fetch-refused"
    retryable = False


class ProductChanged(PackshotError):
    code = "product-changed"


class TargetSizeUnreachable(PackshotError):
    """The byte budget cannot be met above the quality floor. `best` is the nearest encoding there is."""

    code = "target-size-unreachable"

    def __init__(self, message: str, *, hint: str = "", best: bytes = b"") -> None:
        super().__init__(message, hint=hint)
        self.best = best


class NotFound(PackshotError):
    code = "not-found"


class Conflict(PackshotError):
    code = "conflict"


class Outdated(Conflict):
    code = "outdated"


class DatabaseUnavailable(PackshotError):
    code = "database-unavailable"
    retryable = True
    retry_after: ClassVar[float] = 5.0  # seconds in which a server that is started again is usually there


class DatabaseBehind(PackshotError):
    code = "database-behind"


class Busy(PackshotError):
    """`retry_after` is how many seconds to wait before asking again."""

    code = "busy"
    retryable = True

    def __init__(self, message: str, *, hint: str = "", retry_after: float = 5.0) -> None:
        super().__init__(message, hint=hint)
        self.retry_after = retry_after


class HostBusy(Busy):
    code = "host-busy"


class UnknownCaller(PackshotError):
    code = "unknown-caller"


class NotAllowed(PackshotError):
    code = "not-allowed"


class TooManyRequests(Busy):
    code = "too-many-requests"


class NotMadeYet(PackshotError):
    code = "not-made-yet"


class QuotaExceeded(PackshotError):
    code = "quota-exceeded"


class BudgetExceeded(PackshotError):
    code = "budget-exceeded"

    @classmethod
    def of(cls, provider: str, price: Decimal, spent: Decimal, budget: Decimal, currency: str) -> Self:
        """The sentence with its three sums, for a call that was not made."""
        return cls(
            f"asking {provider} may cost {price.normalize():f} {currency}, and of the budget of"
            f" {budget.normalize():f} only {max(budget - spent, Decimal()).normalize():f} is left",
            hint="raise --budget, or PACKSHOT_HOSTED__BUDGET; `packshot costs` shows what was spent",
        )


class ModelError(PackshotError):
    code = "model"
    retryable = True


class ModelUnavailable(ModelError):
    code = "model-unavailable"


class ModelRefused(ModelError):
    code = "model-refused"
    retryable = False


class ModelTimedOut(ModelError):
    code = "model-timed-out"


class RateLimited(ModelError):
    """`retry_after` is how many seconds the model wants us to wait, or None where it did not say."""

    code = "rate-limited"

    def __init__(self, message: str, *, hint: str = "", retry_after: float | None = None) -> None:
        super().__init__(message, hint=hint)
        self.retry_after = retry_after


class Cancelled(PackshotError):
    code = "cancelled"
