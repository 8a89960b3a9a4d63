"""How api.groq.com speaks: OpenAI's chat completions under /openai/v1/."""

from openai_wire import answers as openai_answers
from server import Asked, Reply

KEY = "gsk_secret-17b0"


def answers(asked: Asked) -> Reply:
    content = asked.json()
    assert "JSON" in content["messages"][0]["content"]  # json_object is refused where nobody speaks of JSON
    return openai_answers(asked, KEY, "/openai/v1/")
