"""The work of a listing, as the nodes of its graph call for it."""

import sys
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from packshot import __version__
from packshot.catalog.queries import Wanted, skus_with_images
from packshot.catalog.review import log_of
from packshot.consistency import Consistency, compare
from packshot.database.base import is_id
from packshot.errors import Cancelled, HostBusy, NotFound, PackshotError
from packshot.jobs.claims import ATTEMPTS
from packshot.jobs.rows import ClaimLost
from packshot.jobs.running import problem
from packshot.manifest import Manifest, digest_of
from packshot.services import Services
from packshot.storage.codec import decode
from packshot.tasks.consistency import LOOKED_AT, look_of_image
from packshot.tasks.enhance import EnhanceImage, bytes_of, enhance, given_image, name_in
from packshot.tasks.listed import ListPhotographs
from packshot.tasks.pictures import StoredImage, has_failed, image_of, plan_for, rendition_of
from packshot.tasks.registry import Errand
from packshot.tasks.remembering import Remembering
from packshot.workflows.listing import Failure, Photograph, Picture


@dataclass(frozen=True)
class Maker:
    """The work of one listing, for the nodes of its graph."""

    request: ListPhotographs
    services: Services
    memory: Remembering
    errand: Errand

    def photographs(self) -> tuple[list[Photograph], list[Failure]]:
        """Those that are meant, each once, and those that are not there. Raises NotFound for a sku without any."""
        if self.request.sku is not None:
            return self._of_sku(self.request.sku), []
        found: dict[str, Photograph] = {}
        failures: list[Failure] = []
        for number, each in enumerate(self.request.photographs, 1):
            image, url = (each, None) if is_id(each) or "://" not in each else (None, each)
            try:
                stored = given_image(image, url, self.memory, self.errand.tenant)
            except NotFound as error:
                failures.append(Failure(number=number, image=None, name=each, error=error.as_dict()))
                continue
            one = Photograph(number=number, image=stored.id, name=stored.name, image_type=stored.image_type)
            found.setdefault(stored.id, one)
        return list(found.values()), failures

    def _of_sku(self, sku: str) -> list[Photograph]:
        wanted = Wanted(self.errand.tenant, sku=sku)
        for _, images in skus_with_images(self.memory.sessions, wanted):
            return [
                Photograph(number=number, image=each.id, name=name_in(each.url), image_type=each.image_type)
                for number, each in enumerate(images, 1)
            ]
        raise NotFound("there is no such sku, or it has no images", hint="import its images first")

    def make(self, photograph: Photograph, count: int) -> Failure | None:
        """A rendition of it, or the one that is there already. What may come right the next time is raised."""
        image = photograph["image"]
        try:
            stored = image_of(self.memory.sessions, image, self.errand.tenant)
            if self.errand.attempt >= ATTEMPTS and stored.status == "processing":
                error = problem("worker-died", "the worker died on it", "use a smaller photograph; else report it")
            elif self._is_there(stored):
                return None
            else:
                enhance(self._asked(image), self.services, self.memory, self._errand_of(photograph, count))
                return None
        except (Cancelled, ClaimLost, HostBusy):
            raise
        except PackshotError as failed:
            if failed.retryable and self.errand.attempt < ATTEMPTS:
                raise
            error = failed.as_dict()
        except MemoryError:
            error = problem("memory", "there was not enough memory", "use a smaller photograph")
        except Exception as bug:  # noqa: BLE001 - a bug on one photograph must not cost the others
            traceback.print_exc(file=sys.stderr)
            error = problem("bug", f"this is a bug in Packshot: {type(bug).__name__}", "report it")
        has_failed(self.memory.sessions, image, error, self.errand.tenant)
        return Failure(number=photograph["number"], image=image, name=photograph["name"], error=error)

    def _asked(self, image: str) -> EnhanceImage:
        fields = self.request.model_dump(exclude_unset=True, exclude={"sku", "photographs"})
        return EnhanceImage.model_validate({**fields, "image": image})

    def _errand_of(self, photograph: Photograph, count: int) -> Errand:
        """The same, telling of this photograph among all."""

        def tell(fraction: float, message: str) -> None:
            part = (photograph["number"] - 1 + fraction) / max(count, photograph["number"])
            self.errand.tell(0.9 * part, f"photograph {photograph['number']}, {message}")

        return Errand(self.errand.job, self.errand.tenant, tell, self.errand.attempt)

    def _is_there(self, stored: StoredImage) -> bool:
        """Whether its rendition is what would be made: then what people said of it stands too."""
        if stored.rendition is None or stored.status != "completed":
            return False
        rendition = rendition_of(self.memory.sessions, stored.rendition, self.errand.tenant)
        recipe = self.request.chosen(self.services, plan_for(self.memory.sessions, stored.id, self.errand.tenant))
        if rendition.recipe_digest != recipe.digest:
            return False
        receipt = Manifest.model_validate(rendition.manifest)
        box = None if self.request.box is None else list(self.request.box)
        return (
            receipt.packshot == __version__
            and receipt.seed == self.request.seed
            and receipt.hints.get("box") == box
            and receipt.source.digest == digest_of(bytes_of(stored, self.services, self.memory))
        )

    def seen(self, photographs: Sequence[Photograph]) -> list[Picture]:
        return [self._picture(photograph) for photograph in photographs]

    def _picture(self, photograph: Photograph) -> Picture:
        sessions, tenant = self.memory.sessions, self.errand.tenant
        image = image_of(sessions, photograph["image"], tenant)
        rendition = rendition_of(sessions, str(image.rendition), tenant)
        lines = sessions.read(lambda session: log_of(session, image.id, tenant))
        last = lines[-1] if lines and lines[-1].rendition == image.rendition else None
        return Picture(
            **photograph,
            version=image.version,
            rendition=rendition.id,
            asset=rendition.asset,
            format=rendition.manifest["output"]["format"],
            recipe=rendition.recipe,
            recipe_digest=rendition.recipe_digest,
            score=rendition.score,
            qc_status=image.qc_status,
            doubts=list(rendition.manifest["reasons"]),
            reviewer="" if last is None else last.reviewer,
            reasons=[] if last is None else list(last.reasons),
            notes="" if last is None else last.notes,
        )

    def compare(self, assets: Mapping[str, str]) -> Consistency:
        return compare({image: self._look(image, asset) for image, asset in assets.items()})

    def _look(self, image: str, asset: str) -> Any:
        sessions, tenant = self.memory.sessions, self.errand.tenant
        rendition = rendition_of(sessions, str(image_of(sessions, image, tenant).rendition), tenant)
        picture = decode(self.memory.assets.get(asset), self.services.settings.limits, longest=LOOKED_AT).image
        return look_of_image(picture, Manifest.model_validate(rendition.manifest), self.services)
