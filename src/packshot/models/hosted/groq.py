"""Groq through its own library: reads and answers, quickly; it sees no pictures."""

from collections.abc import Sequence
from typing import Any

from packshot.errors import ModelRefused
from packshot.image import Image
from packshot.manifest import canonical_json
from packshot.models.hosted.answers import shaped, tokens_in
from packshot.models.hosted.connection import HostedModel, ProviderConnection
from packshot.models.hosted.desk import Request, Said
from packshot.models.hosted.openai import chat_said
from packshot.ports import Answer, ModelCard, Toolbox
from packshot.providers import Groq


class Connection(ProviderConnection[Groq]):
    """The client and the desk of Groq."""

    provider = "groq"
    title = "Groq"
    keys = ("GROQ_API_KEY", "PACKSHOT_GROQ__KEY")
    library = "groq"

    def opened(self, library: Any, key: str) -> Any:
        http = self.desk.line.guard.client()
        return library.Groq(api_key=key, base_url=self.settings.base_url, max_retries=0, http_client=http)


class GroqLanguage(HostedModel[Connection]):
    """Answers in JSON; the shape is told in the prompt, for not all of its models take a schema."""

    @property
    def card(self) -> ModelCard:
        version = self.connection.settings.language
        summary = self.told("Groq reads and answers, without pictures")
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
