"""Groq through its own library: reads and answers, quickly; it sees no pictures."""

from collections.abc import Sequence
from functools import cached_property
from typing import Any, Final

from packshot.errors import ModelRefused, ModelUnavailable
from packshot.image import Image
from packshot.manifest import canonical_json
from packshot.models.hosted.answers import shaped, tokens_in
from packshot.models.hosted.desk import Desk, HostedModel, Request, Said, desk, key_of, needed, told
from packshot.models.hosted.line import Line
from packshot.models.hosted.openai import chat_said
from packshot.ports import Answer, ModelCard, Toolbox
from packshot.providers import Groq

NAMES: Final = "GROQ_API_KEY or PACKSHOT_GROQ__KEY"


class Connection:
    """The client and the desk of Groq."""

    def __init__(self, toolbox: Toolbox, line: Line | None = None) -> None:
        self.settings: Groq = toolbox.settings.groq
        self.most_tokens = toolbox.settings.hosted.max_answer_tokens
        self.desk: Desk = desk("groq", self.settings, toolbox, line)

    @cached_property
    def client(self) -> Any:
        key = key_of("groq", self.settings, NAMES)
        try:
            from groq import Groq as Client
        except ImportError as error:
            hint = "pip install 'packshot[hosted]'"
            raise ModelUnavailable("the client library of Groq is not installed", hint=hint) from error
        http = self.desk.line.guard.client()
        return Client(api_key=key, base_url=self.settings.base_url, max_retries=0, http_client=http)


class GroqLanguage(HostedModel[Connection]):
    """Answers in JSON; the shape is told in the prompt, for not all of its models take a schema."""

    @property
    def needs(self) -> str:
        return needed(self.connection.settings, NAMES, "groq")

    @property
    def card(self) -> ModelCard:
        version = self.connection.settings.language
        summary = told("Groq reads and answers, without pictures (paid)", self.needs)
        return ModelCard("groq", version, "proprietary", summary, generative=True)

    def ask(self, prompt: str, answer: type[Answer], images: Sequence[Image] = ()) -> Answer:
        if images:
            raise ModelRefused("groq sees no pictures", hint="name a model that does, as gemini or openai")
        connection = self.connection
        client, model, most = connection.client, connection.settings.language, connection.most_tokens
        schema = canonical_json(answer.model_json_schema())
        system = f"Answer with one JSON object and nothing else. It must fit this JSON schema: {schema}"

        def send() -> Said:
            response = client.chat.completions.create(
                model=model,
                messages=[{"role": "system", "content": system}, {"role": "user", "content": prompt}],
                response_format={"type": "json_object"},
                max_completion_tokens=most,
            )
            return chat_said("groq", response)

        units = {"input tokens": tokens_in(system + prompt, 0), "output tokens": most}
        request = Request(model, {"prompt": prompt, "system": system, "most": most}, units, send)
        return connection.desk.ask(request, lambda data: shaped(data, answer, "groq"), self.account)


def language(toolbox: Toolbox) -> GroqLanguage:
    return GroqLanguage(toolbox.shared("groq", Connection))
