"""Hugging Face Inference through huggingface_hub: FLUX from words, after a picture, or around what is kept."""

import base64
from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np

from packshot.errors import ModelError
from packshot.image import Image
from packshot.manifest import digest_of
from packshot.models.hosted.connection import HostedModel, ProviderConnection
from packshot.models.hosted.desk import Request, Said
from packshot.models.hosted.failure import Failure
from packshot.models.hosted.pictures import Canvas, grey_png, png, received
from packshot.ports import ModelCard, Toolbox
from packshot.providers import HuggingFace

ROUTER: Final = "https://router.huggingface.co/hf-inference"
_LONGEST: Final = 1024  # pixels of the longer side that FLUX paints at
_STEP: Final = 16  # its sides are multiples of this
_LICENCES: Final = {"black-forest-labs/FLUX.1-schnell": "Apache-2.0"}
_FLUX_DEV: Final = "LicenseRef-FLUX-1-dev-Non-Commercial"


class Connection(ProviderConnection[HuggingFace]):
    """The client and the desk, shared by all that is asked of Hugging Face."""

    provider = "huggingface"
    title = "Hugging Face"
    keys = ("HF_TOKEN", "HUGGINGFACE_API_TOKEN", "PACKSHOT_HUGGINGFACE__KEY")
    library = "huggingface_hub"

    def opened(self, library: Any, key: str) -> Any:
        """Makes clients: each remembers what was said to it."""
        http = self.desk.line.guard.client()

        class Client(library.InferenceClient):  # type: ignore[misc]
            """The library has one HTTP session for the whole process; ours goes through our own transport."""

            said: bytes = b""

            def _inner_post(self, request_parameters: Any, *, stream: bool = False) -> Any:
                response = http.post(
                    request_parameters.url,
                    json=request_parameters.json,
                    content=request_parameters.data,
                    headers={"accept": "image/png", **request_parameters.headers},
                )
                try:
                    received(response.content, "huggingface")  # the library opens one without looking at its size
                except ModelError as error:
                    raise Failure(error, units={"images": 1}) from error
                self.said = response.content
                return response.content

        return lambda: Client(provider="hf-inference", token=key)

    def address(self, model: str) -> str:
        """Of a model by its name; with a whole address the library looks nothing up."""
        return model if "://" in model else f"{self.settings.base_url or ROUTER}/models/{model}"


class FluxPainter(HostedModel[Connection]):
    """Paints from words; after a picture; or around what is kept, where the endpoint takes a `mask_image`."""

    @property
    def card(self) -> ModelCard:
        model = self.connection.settings.text_to_image
        licence = _LICENCES.get(model, _FLUX_DEV if "FLUX.1" in model else "unknown")
        summary = self.told("Hugging Face paints with FLUX, or the models that are set")
        return ModelCard("flux", model, licence, summary, generative=True, changes_product=True)

    def paint(
        self,
        prompt: str,
        size: tuple[int, int],
        *,
        like: Sequence[Image] = (),
        keep: Image | None = None,
        seed: int = 0,
    ) -> Image:
        settings = self.connection.settings
        canvas = Canvas.of(_sides(size), size)
        parameters: dict[str, Any] = {"prompt": prompt, "seed": seed % 2**32}
        width, height = canvas.size
        picture = None
        model = settings.text_to_image
        if keep is not None:
            around = canvas.around(keep)
            model, picture = settings.inpainting, png(Image(around.rgb))
            assert around.alpha is not None  # noqa: S101 - a canvas has one
            parameters["mask_image"] = base64.b64encode(grey_png(np.uint8(255) - around.alpha)).decode()
        elif like:
            model, picture = settings.image_to_image, png(like[0])
        if picture is None:
            parameters |= {"width": width, "height": height}
        else:
            parameters["target_size"] = {"width": width, "height": height}
        facts = {**parameters, "picture": digest_of(picture) if picture else None}
        request = Request(model, facts, {"images": 1}, self._sender(model, picture, parameters))
        read = lambda data: canvas.cut(received(data, "huggingface"), size, "huggingface")  # noqa: E731
        return self.connection.desk.ask(request, read, self.account)

    def _sender(self, model: str, picture: bytes | None, parameters: dict[str, Any]) -> Callable[[], Said]:
        made, address = self.connection.client, self.connection.address(model)

        def send() -> Said:
            client = made()
            if picture is None:
                client.text_to_image(model=address, **parameters)
            else:
                client.image_to_image(picture, model=address, **parameters)
            return Said(client.said, {"images": 1})

        return send


def painter(toolbox: Toolbox) -> FluxPainter:
    return FluxPainter(toolbox.shared("huggingface", Connection))


def _sides(size: tuple[int, int]) -> tuple[int, int]:
    """The size at which FLUX paints a picture of that shape: the longer side full, the other rounded up."""
    scale = _LONGEST / max(size)
    width, height = (max(_STEP * 4, -(-round(side * scale) // _STEP) * _STEP) for side in size)
    return width, height
