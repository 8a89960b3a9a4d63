"""Google's Gemini through google-genai: reads and sees, finds, cuts out, and paints."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from pydantic import BaseModel, Field

from packshot.image import Box, Image
from packshot.manifest import digest_of
from packshot.models.hosted.answers import json_in, shaped, tokens_in
from packshot.models.hosted.connection import HostedModel, ProviderConnection
from packshot.models.hosted.desk import Request, Said
from packshot.models.hosted.failure import nonsense, refused
from packshot.models.hosted.gemini_masks import Segment, segments
from packshot.models.hosted.pictures import Canvas, jpeg, png, received
from packshot.ports import NO_HINTS, Account, Answer, Detection, Hints, Matte, ModelCard, Toolbox
from packshot.providers import Gemini

_RATIOS: Final = ("1:1", "2:3", "3:2", "3:4", "4:3", "9:16", "16:9", "21:9")
_REFUSED: Final = {
    *("SAFETY", "PROHIBITED_CONTENT", "BLOCKLIST", "SPII", "RECITATION"),
    *("IMAGE_SAFETY", "IMAGE_PROHIBITED_CONTENT", "IMAGE_RECITATION"),
}
_TOKENS_OF_A_PICTURE: Final = 1290  # that is painted at 1K; only counted, the price is by picture
SURE_OF_A_MASK: Final = 0.7  # at most: no mask of theirs was ever calibrated, so a person looks


class Connection(ProviderConnection[Gemini]):
    """The client and the desk, shared by all Gemini models."""

    provider = "gemini"
    title = "Gemini"
    keys = ("GEMINI_API_KEY", "PACKSHOT_GEMINI__KEY")
    library = "google.genai"

    def opened(self, library: Any, key: str) -> Any:
        from packshot.models.hosted.guard import authorities

        options = library.types.HttpOptions(
            base_url=self.settings.base_url,
            httpx_client=self.desk.line.guard.client(),
            client_args={"verify": authorities()},
            async_client_args={"verify": authorities()},  # the library makes one of these too, unasked
            retry_options=library.types.HttpRetryOptions(attempts=1),
        )
        return library.Client(vertexai=False, api_key=key, http_options=options)

    def request(
        self,
        model: str,
        prompt: str,
        pictures: Sequence[tuple[bytes, str]],
        config: Mapping[str, Any],
        most: Mapping[str, float],
        said: Callable[[Any], Said],
    ) -> Request:
        """A call of generateContent. `pictures` are (bytes, MIME type); `config` is plain JSON."""
        client = self.client  # a missing key is told before anything is reserved

        def send() -> Said:
            from google.genai import types

            parts = [types.Part.from_bytes(data=data, mime_type=kind) for data, kind in pictures]
            chosen = types.GenerateContentConfig.model_validate(dict(config))
            return said(client.models.generate_content(model=model, contents=[*parts, prompt], config=chosen))

        facts = {"prompt": prompt, "config": config, "pictures": [digest_of(data) for data, _ in pictures]}
        return Request(model, facts, most, send)

    def ask_in_words(
        self, prompt: str, images: Sequence[Image], config: Mapping[str, Any], read: Callable[[bytes], Any], to: Account
    ) -> Any:
        """One answer in text, charged `to` somebody."""
        request = self.request(
            self.settings.language,
            prompt,
            [(jpeg(image), "image/jpeg") for image in images],
            {
                "response_mime_type": "application/json",
                "max_output_tokens": self.most_tokens,
                **config,
            },
            {"input tokens": tokens_in(f"{prompt}{config}", len(images)), "output tokens": self.most_tokens},
            _text_said,
        )
        return self.desk.ask(request, read, to)


class _Model(HostedModel[Connection]):
    def _card(self, model: str, summary: str, *, paints: bool = False) -> ModelCard:
        said = self.told(summary)
        return ModelCard("gemini", model, "proprietary", said, generative=True, changes_product=paints)


class GeminiLanguage(_Model):
    """Answers questions about words and pictures."""

    @property
    def card(self) -> ModelCard:
        return self._card(self.connection.settings.language, "Google Gemini reads, sees and answers")

    def ask(self, prompt: str, answer: type[Answer], images: Sequence[Image] = ()) -> Answer:
        config = {"response_json_schema": answer.model_json_schema()}
        found: Answer = self.connection.ask_in_words(
            prompt, images, config, lambda data: shaped(data, answer, "gemini"), self.account
        )
        return found


class _Found(BaseModel):
    box_2d: tuple[float, float, float, float] = Field(description="ymin, xmin, ymax, xmax, each 0 to 1000")
    label: str = ""
    confidence: float = Field(default=0.5, ge=0, le=1)


class _AllFound(BaseModel):
    found: list[_Found]


class GeminiDetector(_Model):
    """Finds what a phrase names. Its scores are what it says of itself, not measured."""

    @property
    def card(self) -> ModelCard:
        return self._card(self.connection.settings.language, "Google Gemini finds things by name")

    def find(self, phrase: str, image: Image) -> list[Detection]:
        prompt = (
            f"Find every {phrase!r} in the picture. For each give box_2d as [ymin, xmin, ymax, xmax], each from 0 to"
            " 1000, a label, and how sure you are as confidence from 0 to 1. If there is none, give an empty list."
        )
        found: _AllFound = self.connection.ask_in_words(
            prompt,
            [image],
            {"response_json_schema": _AllFound.model_json_schema()},
            lambda data: shaped(data, _AllFound, "gemini"),
            self.account,
        )
        boxes = [(_box(each.box_2d, image.size), each.confidence) for each in found.found]
        seen = [Detection(box, phrase, score) for box, score in boxes if box.width > 0 and box.height > 0]
        return sorted(seen, key=lambda each: -each.score)


class GeminiCutout(_Model):
    """Segments by name, in whichever of its formats it answers. Never surer than 0.7: a person looks."""

    @property
    def card(self) -> ModelCard:
        return self._card(self.connection.settings.language, "Google Gemini cuts out what a phrase names")

    def cutout(self, image: Image, hints: Hints = NO_HINTS) -> Matte:
        return self.segment(hints.phrase or "product for sale", image, hints)

    def segment(self, phrase: str, image: Image, hints: Hints = NO_HINTS) -> Matte:
        """The alpha of the largest thing that `phrase` names, or of the one that `hints` point at."""
        prompt = (
            f"Give the segmentation mask of the {phrase}. Answer with a JSON list in which each entry has the keys"
            " box_2d ([ymin, xmin, ymax, xmax], each from 0 to 1000), mask and label."
        )
        read = lambda data: segments(json_in(data.decode("utf-8", "replace"), "gemini"), image.size)  # noqa: E731
        found: list[Segment] = self.connection.ask_in_words(prompt, [image], {}, read, self.account)
        chosen = _meant(found, hints)
        if chosen is None:
            return Matte(Segment.nothing(image.size), 0.0, (f"gemini found no {phrase}",))
        reason = f"a mask from gemini as {chosen.form}; nobody has measured how far to trust it"
        return Matte(chosen.alpha, min(SURE_OF_A_MASK, chosen.certainty), (reason,))


class GeminiPainter(_Model):
    """Paints from words and pictures. It draws everything anew, also what it was to keep."""

    @property
    def card(self) -> ModelCard:
        return self._card(self.connection.settings.image, "Google Gemini paints and edits pictures", paints=True)

    def paint(
        self,
        prompt: str,
        size: tuple[int, int],
        *,
        like: Sequence[Image] = (),
        keep: Image | None = None,
        seed: int = 0,
    ) -> Image:
        ratios = {_size_of(ratio): ratio for ratio in _RATIOS}
        canvas = Canvas.among(tuple(ratios), size)
        pictures = [(jpeg(image), "image/jpeg") for image in like]
        if keep is not None:
            pictures.insert(0, (png(canvas.around(keep)), "image/png"))
            prompt = f"Paint only where the first picture is transparent; leave all else as it is. {prompt}"
        request = self.connection.request(
            self.connection.settings.image,
            prompt,
            pictures,
            {
                "response_modalities": ["IMAGE"],
                "image_config": {"aspect_ratio": ratios[canvas.size]},
                "seed": seed % 2**31,
            },
            {"images": 1, "input tokens": tokens_in(prompt, len(pictures))},
            _picture_said,
        )
        read = lambda data: canvas.cut(received(data, "gemini"), size, "gemini")  # noqa: E731
        return self.connection.desk.ask(request, read, self.account)


def language(toolbox: Toolbox) -> GeminiLanguage:
    return GeminiLanguage(toolbox.shared("gemini", Connection))


def detector(toolbox: Toolbox) -> GeminiDetector:
    return GeminiDetector(toolbox.shared("gemini", Connection))


def cutout(toolbox: Toolbox) -> GeminiCutout:
    return GeminiCutout(toolbox.shared("gemini", Connection))


def painter(toolbox: Toolbox) -> GeminiPainter:
    return GeminiPainter(toolbox.shared("gemini", Connection))


def _units(response: Any) -> dict[str, float]:
    usage = response.usage_metadata
    if usage is None:
        return {}
    written = (usage.candidates_token_count or 0) + (usage.thoughts_token_count or 0)
    return {"input tokens": usage.prompt_token_count or 0, "output tokens": written}


def _checked(response: Any) -> tuple[list[Any], dict[str, float], str]:
    """The parts of the answer, what it was billed by, and why it ended. Raises Failure where it is a refusal."""
    units = _units(response)
    feedback = response.prompt_feedback
    if feedback is not None and feedback.block_reason is not None:
        raise refused("gemini", f"blocked for {_word(feedback.block_reason)}", units)
    if not response.candidates:
        raise nonsense("gemini", "no candidate", units)
    first = response.candidates[0]
    reason = "" if first.finish_reason is None else str(getattr(first.finish_reason, "value", first.finish_reason))
    if reason in _REFUSED:
        raise refused("gemini", f"stopped for {_word(reason)}", units)
    return list(first.content.parts or []) if first.content else [], units, reason


def _text_said(response: Any) -> Said:
    parts, units, reason = _checked(response)
    if reason == "MAX_TOKENS":
        raise nonsense("gemini", "an answer without end, cut off at PACKSHOT_HOSTED__MAX_ANSWER_TOKENS", units)
    text = "".join(part.text for part in parts if part.text and not part.thought)
    if not text:
        raise nonsense("gemini", "no text", units)
    return Said(text.encode(), units)


def _picture_said(response: Any) -> Said:
    parts, units, reason = _checked(response)
    for part in parts:
        if part.inline_data is not None and part.inline_data.data and not part.thought:
            return Said(part.inline_data.data, {"images": 1, **units})
    words = " ".join(part.text for part in parts if part.text)[:100]
    if reason == "NO_IMAGE" or words:
        raise refused("gemini", words or "it painted nothing", units)
    raise nonsense("gemini", "no picture", units)


def _word(reason: Any) -> str:
    return str(getattr(reason, "value", reason)).lower().replace("_", " ")


def _size_of(ratio: str) -> tuple[int, int]:
    """About a megapixel of that shape; what comes back may be of any size, as long as its shape is this one."""
    across, down = map(int, ratio.split(":"))
    scale = (1024 * 1024 / (across * down)) ** 0.5
    return round(across * scale), round(down * scale)


def _box(box_2d: Sequence[float], size: tuple[int, int]) -> Box:
    top, left, bottom, right = (min(1000.0, max(0.0, side)) / 1000 for side in box_2d)
    return Box(int(left * size[0]), int(top * size[1]), round(right * size[0]), round(bottom * size[1]))


def _meant(found: Sequence[Segment], hints: Hints) -> Segment | None:
    """The one a person points at; without hints the largest."""
    if hints.box is not None:
        box = hints.box
        return max(found, key=lambda each: each.share_in(box), default=None)
    if hints.point is not None:
        x, y = hints.point
        found = [each for each in found if each.alpha[y, x]] or found
    return max(found, key=lambda each: int((each.alpha > 0).sum()), default=None)
