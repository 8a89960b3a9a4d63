"""OpenAI through its own library: reads and sees, and paints; also whoever speaks the same at another address."""

import base64
import binascii
from collections.abc import Callable, Sequence
from typing import Any, Final

from packshot.image import Image
from packshot.manifest import digest_of
from packshot.models.hosted.answers import shaped, strict_schema, tokens_in
from packshot.models.hosted.connection import HostedModel, ProviderConnection
from packshot.models.hosted.desk import Request, Said
from packshot.models.hosted.failure import nonsense, refused
from packshot.models.hosted.pictures import Canvas, jpeg, png, received
from packshot.ports import Answer, ModelCard, Toolbox
from packshot.providers import OpenAi

_SIZES: Final = ((1024, 1024), (1536, 1024), (1024, 1536))
# Output tokens of a picture by quality: square, and oblong.
_TOKENS: Final = {"low": (272, 408), "medium": (1056, 1584), "high": (4160, 6240)}


class Connection(ProviderConnection[OpenAi]):
    """The client and the desk, shared by all OpenAI models."""

    provider = "openai"
    title = "OpenAI"
    keys = ("OPENAI_API_KEY", "PACKSHOT_OPENAI__KEY")
    library = "openai"

    def opened(self, library: Any, key: str) -> Any:
        http: Any = self.desk.line.guard.client()
        return library.OpenAI(api_key=key, base_url=self.settings.base_url, max_retries=0, http_client=http)


class OpenAiLanguage(HostedModel[Connection]):
    """Answers questions about words and pictures, in strictly the shape asked for."""

    @property
    def card(self) -> ModelCard:
        version = self.connection.settings.language
        summary = self.told("OpenAI reads, sees and answers")
        return ModelCard("openai", version, "proprietary", summary, generative=True)

    def ask(self, prompt: str, answer: type[Answer], images: Sequence[Image] = ()) -> Answer:
        connection = self.connection
        client, model, most = connection.client, connection.settings.language, connection.most_tokens
        pictures = [jpeg(image) for image in images]
        shape = {"name": answer.__name__[:64], "schema": strict_schema(answer), "strict": True}
        content: list[dict[str, Any]] = [{"type": "text", "text": prompt}]
        content += [{"type": "image_url", "image_url": {"url": _uri(data)}} for data in pictures]

        def send() -> Said:
            response = client.chat.completions.create(
                model=model,
                messages=[{"role": "user", "content": content}],
                response_format={"type": "json_schema", "json_schema": shape},
                max_completion_tokens=most,
            )
            return chat_said("openai", response)

        request = Request(
            model,
            {"prompt": prompt, "shape": shape, "most": most, "pictures": [digest_of(data) for data in pictures]},
            {"input tokens": tokens_in(f"{prompt}{shape}", len(pictures)), "output tokens": most},
            send,
        )
        return connection.desk.ask(request, lambda data: shaped(data, answer, "openai"), self.account)


class OpenAiPainter(HostedModel[Connection]):
    """Paints from words, after pictures, or around what is to be kept. It draws that anew all the same."""

    @property
    def card(self) -> ModelCard:
        version = self.connection.settings.image
        summary = self.told("OpenAI paints and edits pictures")
        return ModelCard("openai", version, "proprietary", summary, generative=True, changes_product=True)

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
        canvas = Canvas.among(_SIZES, size)
        mask = None if keep is None else png(canvas.around(keep))
        pictures = [png(image) for image in like] if mask is None else [mask, *(png(image) for image in like)]
        tokens = _TOKENS[settings.quality][canvas.size[0] != canvas.size[1]]
        request = Request(
            settings.image,
            {
                "prompt": prompt,
                "size": list(canvas.size),
                "quality": settings.quality,
                "pictures": [digest_of(data) for data in pictures],
                "mask": mask is not None,
                "seed": seed,  # OpenAI takes none; another seed is another picture all the same
            },
            {
                "input tokens": tokens_in(prompt, 0),
                "image input tokens": 6300.0 * len(pictures),
                "output tokens": tokens,
            },
            self._sender(prompt, canvas, pictures, mask),
        )
        read = lambda data: canvas.cut(received(data, "openai"), size, "openai")  # noqa: E731
        return self.connection.desk.ask(request, read, self.account)

    def _sender(self, prompt: str, canvas: Canvas, pictures: Sequence[bytes], mask: bytes | None) -> Callable[[], Said]:
        client, settings = self.connection.client, self.connection.settings
        asked = {
            "model": settings.image,
            "prompt": prompt,
            "size": f"{canvas.size[0]}x{canvas.size[1]}",
            "quality": settings.quality,
            "n": 1,
        }
        if not pictures:
            return lambda: _picture_said(client.images.generate(**asked))
        files = [(f"picture-{number}.png", data, "image/png") for number, data in enumerate(pictures, 1)]
        masked = {} if mask is None else {"mask": ("mask.png", mask, "image/png")}
        return lambda: _picture_said(client.images.edit(image=files, **masked, **asked))


def language(toolbox: Toolbox) -> OpenAiLanguage:
    return OpenAiLanguage(toolbox.shared("openai", Connection))


def painter(toolbox: Toolbox) -> OpenAiPainter:
    return OpenAiPainter(toolbox.shared("openai", Connection))


def chat_said(provider: str, response: Any) -> Said:
    """The text of a chat completion. Raises Failure where it is a refusal or breaks off."""
    if not getattr(response, "choices", None):
        raise nonsense(provider, "no choice")
    usage, choice = response.usage, response.choices[0]
    units = {"input tokens": usage.prompt_tokens, "output tokens": usage.completion_tokens} if usage else {}
    refusal = getattr(choice.message, "refusal", None)
    if refusal:
        raise refused(provider, " ".join(str(refusal).split())[:200], units)
    if choice.finish_reason == "content_filter":
        raise refused(provider, "its filter cut the answer off", units)
    if choice.finish_reason == "length":
        raise nonsense(provider, "an answer cut off at PACKSHOT_HOSTED__MAX_ANSWER_TOKENS", units)
    if not choice.message.content:
        raise nonsense(provider, "no text", units)
    return Said(choice.message.content.encode(), units)


def _picture_said(response: Any) -> Said:
    usage = response.usage
    units: dict[str, float] = {}
    if usage is not None:
        details = usage.input_tokens_details
        units = {
            "input tokens": details.text_tokens if details else usage.input_tokens,
            "image input tokens": details.image_tokens if details else 0,
            "output tokens": usage.output_tokens,
        }
    encoded = response.data[0].b64_json if response.data else None
    if not encoded:
        raise nonsense("openai", "no picture in the answer", units)
    try:
        return Said(base64.b64decode(encoded, validate=True), units)
    except (binascii.Error, ValueError) as error:
        raise nonsense("openai", "a picture that breaks off", units) from error


def _uri(data: bytes) -> str:
    return f"data:image/jpeg;base64,{base64.b64encode(data).decode()}"
