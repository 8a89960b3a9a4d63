"""What a deployment may decide, and where each answer came from.

First wins: argument, `PACKSHOT_...` in the environment, the same in `.env`, `packshot.toml`, default. A setting of a
topic is written `limits.max_megapixels`, in the environment `PACKSHOT_LIMITS__MAX_MEGAPIXELS`, in `packshot.toml`
under `[limits]`. Nothing is read on import: `resolve()` reads, and only `wiring` calls it.
"""

import os
import sys
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError
from pydantic.fields import FieldInfo

from packshot.errors import SettingsError
from packshot.provenance import Code
from packshot.providers import Gemini, Groq, Hosted, HuggingFace, OpenAi

PREFIX: Final = "PACKSHOT_"

# Names that earlier systems, and others, gave to the same thing.
ALIASES: Final = {
    "DEFAULT_BACKGROUND_COLOR": "background_colour",
    "AUTO_APPROVE_THRESHOLD": "approve_above",
    "TARGET_MIN_DIMENSION": "target_min_dimension",
    "ENABLE_BACKGROUND_REMOVAL": "background_removal",
    "GEMINI_API_KEY": "gemini.key",
    "OPENAI_API_KEY": "openai.key",
    "GROQ_API_KEY": "groq.key",
    "HUGGINGFACE_API_TOKEN": "huggingface.key",
    "HF_TOKEN": "huggingface.key",
    "MYSQL_HOST": "mysql.host",
    "MYSQL_PORT": "mysql.port",
    "MYSQL_USER": "mysql.user",
    "MYSQL_PASSWORD": "mysql.password",
    "MYSQL_DATABASE": "mysql.database",
    "OTEL_EXPORTER_OTLP_ENDPOINT": "telemetry.endpoint",
}

# Read elsewhere, before there are settings.
_NOT_SETTINGS: Final = {"PACKSHOT_DEBUG"}


class Limits(BaseModel):
    """How large a picture may be, and how long it may take. Sizes are checked before anything is decoded."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    max_megapixels: float = Field(default=120.0, gt=0, description="width times height in the file, in millions")
    max_megabytes: float = Field(default=100.0, gt=0, description="of the file, 1 MB = 1,000,000 bytes")
    max_seconds: float = Field(default=60.0, gt=0, description="for one picture of a batch, reading to writing")


class Provenance(BaseModel):
    """What a finished file says of itself, and whether it is signed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    label: bool = Field(default=True, description="write where the picture comes from into the file (IPTC code in XMP)")
    rights: bool = Field(default=True, description="carry author and rights over, also where metadata is dropped")
    source_type: Code | None = Field(
        default=None, description="IPTC code of photographs that do not say what they are, as digitalCapture"
    )
    sign: bool = Field(default=False, description="sign finished files (C2PA); needs the extra 'provenance'")
    certificate: Path | None = Field(
        default=None, description="PEM chain to sign with; unset for what `packshot certificate` made"
    )
    key: Path | None = Field(default=None, description="PEM file with the certificate's private key")
    chain: bool = Field(
        default=False, description="carry the photograph's own signed claim inside ours; its bytes count in the budget"
    )
    trust: Path | None = Field(default=None, description="PEM file of authorities to trust besides our own")
    thumbnail: bool = Field(default=False, description="a thumbnail in the signed claim; hundreds of kilobytes")


class Weights(BaseModel):
    """Networks in files that were added to this machine: where they lie, what may be fetched, and how they run."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    folder: Path | None = Field(
        default=None, description="where they lie; unset for the folder where this user's programs keep their data"
    )
    any_licence: bool = Field(
        default=False, description="also those whose licence forbids commercial use, or does not speak of it"
    )
    max_megabytes: float = Field(
        default=4000.0, gt=0, description="most that one file may have, 1 MB = 1,000,000 bytes"
    )
    timeout: float = Field(default=30.0, gt=0, le=600, description="seconds without a byte after which pulling ends")
    allow_http: bool = Field(
        default=False, description="pull over http too, where anybody on the way can change things"
    )
    allow_private: bool = Field(
        default=False, description="pull from addresses of this machine and its own network too"
    )
    threads: int = Field(default=1, ge=1, le=256, description="processor threads of one network")
    providers: str = Field(
        default="CPUExecutionProvider",
        description="what of ONNX Runtime runs them, in order of preference and parted by commas, "
        "as CUDAExecutionProvider,CPUExecutionProvider",
    )


class Database(BaseModel):
    """Where the ledger, jobs and the catalogue are kept."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: SecretStr | None = Field(
        default=None,
        description="postgresql://user:password@host/name, mysql://... or sqlite:///file; unset for a file in the "
        "state folder",
    )


class Mysql(BaseModel):
    """The same in parts, as earlier systems had it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    host: str | None = Field(default=None, description="a MySQL or MariaDB server; database.url goes before it")
    port: int = Field(default=3306, ge=1, le=65535, description="of that server")
    user: str = Field(default="root", description="who connects to it")
    password: SecretStr | None = Field(default=None, description="of that user; unset for none")
    database: str = Field(default="image_enhancer", description="which of its databases")


class Storage(BaseModel):
    """Where stored pictures lie, who reaches them, and how long they stay."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: str | None = Field(
        default=None, description="s3://bucket/prefix; unset for a folder in the state folder (extra 's3')"
    )
    endpoint: str | None = Field(
        default=None, description="of a store that speaks S3 but is not Amazon's, as http://minio:9000"
    )
    region: str | None = Field(default=None, description="of the bucket; unset for what AWS_REGION says, or us-east-1")
    key_id: SecretStr | None = Field(
        default=None, description="who asks; unset for the AWS_... variables, or what the machine itself may"
    )
    secret: SecretStr | None = Field(default=None, description="that goes with it")
    public_url: str | None = Field(
        default=None, description="how the outside reaches this service, as https://img.example; for links in feeds"
    )
    link_secret: SecretStr | None = Field(
        default=None,
        description="that links are signed with; unset for one in the state folder; needed on many machines",
    )
    tenant_megabytes: float | None = Field(
        default=None, gt=0, description="most that one tenant may keep, 1 MB = 1,000,000 bytes; unset for no limit"
    )
    temporary_hours: float = Field(default=24, gt=0, description="after which what was only passing through is cleaned")
    unused_days: float = Field(default=30, gt=0, description="after which pictures are cleaned that nothing speaks of")
    finished_days: float = Field(default=90, gt=0, description="after which jobs that are over are forgotten")


class Kafka(BaseModel):
    """The catalogue's event stream."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    brokers: str | None = Field(default=None, description="host:port of some, parted by commas (extra 'kafka')")
    images: str = Field(default="packshot.images", description="topic that photographs come from")
    results: str = Field(default="packshot.results", description="topic that hears what became of them")
    group: str = Field(default="packshot", description="who reads together: each message goes to one of a group")
    options: SecretStr | None = Field(
        default=None,
        description="more of librdkafka's, as security.protocol=SASL_SSL,sasl.mechanisms=PLAIN,sasl.username=...",
    )


class Webhooks(BaseModel):
    """Messages to addresses that somebody gave. Those inside a network are refused unless allowed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    timeout: float = Field(default=20.0, gt=0, le=60, description="seconds in which a receiver must have answered")
    allow_http: bool = Field(default=False, description="also over what is not encrypted")
    allow_private: bool = Field(default=False, description="also to this machine and its own network")


class Fetch(BaseModel):
    """Photographs from addresses that somebody gave. Addresses inside a network are refused unless allowed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    timeout: float = Field(default=15.0, gt=0, le=600, description="seconds without a byte after which it ends")
    max_seconds: float = Field(default=60.0, gt=0, description="for one photograph, all in all")
    fresh_seconds: float = Field(
        default=3600.0, ge=0, description="before its host is asked whether a photograph has changed; 0 for every time"
    )
    at_once: int = Field(default=4, ge=1, le=256, description="connections to one host, of all workers together")
    pause: float = Field(
        default=30.0, ge=0, le=86400, description="seconds for a host that asks for less and does not say how long"
    )
    redirects: int = Field(default=5, ge=0, le=20, description="that are followed; each is judged anew")
    allow_http: bool = Field(default=True, description="also what is not encrypted; catalogues are full of it")
    allow_private: bool = Field(default=False, description="also from this machine and its own network")


class Jobs(BaseModel):
    """Who does the jobs, and how many at once."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    broker: SecretStr | None = Field(
        default=None,
        description="amqp://... or redis://... for Celery to carry job ids; unset for worker processes that look into "
        "the database",
    )
    queue: str = Field(default="packshot", min_length=1, max_length=120, description="of the broker")
    running_limit: int | None = Field(default=None, ge=1, description="jobs of one tenant at once; unset for no limit")
    workers: int | None = Field(
        default=None,
        ge=0,
        le=256,
        description="worker processes that `serve` and `worker` start; unset for one per core, 0 for none",
    )
    max_seconds: float = Field(
        default=900.0, gt=0, description="for one job; a worker that hangs longer is ended, and another goes on"
    )


class Service(BaseModel):
    """How much the HTTP door takes, and from whom."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    keys: bool = Field(
        default=False, description="whoever asks needs a key, as `packshot keys create` makes; false: none is needed"
    )
    requests_per_minute: int = Field(
        default=0, ge=0, description="of one key, or of one address where it has none; 0 for no limit"
    )
    log: Literal["debug", "info", "warning", "error"] = Field(
        default="warning",
        description="what is told on stderr, one JSON object a line; info: every request and job",
    )
    hosts: str = Field(
        default="",
        description="names it answers to, parted by commas, * for any; over the loopback those of the loopback too",
    )
    origins: str = Field(
        default="http://localhost:3000",
        description="web pages that may ask from a browser, parted by commas",
    )
    wait_seconds: float = Field(
        default=25.0, ge=0, le=300, description="that a request for a picture waits for it before it gets a job instead"
    )
    at_once: int = Field(default=2, ge=1, le=256, description="pictures worked on side by side")
    waiting: int = Field(default=8, ge=0, le=10000, description="requests that may wait for that; more are sent away")
    body_seconds: float = Field(default=60.0, gt=0, description="in which a request must have come in whole")
    import_megabytes: float = Field(
        default=1000.0, gt=0, description="of a catalogue file or a ZIP of photographs that is handed in"
    )


class Telemetry(BaseModel):
    """Traces of the service and its workers, for whoever collects them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    endpoint: str | None = Field(
        default=None,
        description="where they are sent, OTLP over HTTP, as http://collector:4318; unset for nowhere (extra "
        "'telemetry')",
    )


class Settings(BaseModel):
    """Every setting with its default; `packshot settings` prints them with where they came from."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    limits: Limits = Limits()
    provenance: Provenance = Provenance()
    hosted: Hosted = Hosted()
    gemini: Gemini = Gemini()
    openai: OpenAi = OpenAi()
    groq: Groq = Groq()
    huggingface: HuggingFace = HuggingFace()
    weights: Weights = Weights()
    database: Database = Database()
    mysql: Mysql = Mysql()
    fetch: Fetch = Fetch()
    webhooks: Webhooks = Webhooks()
    kafka: Kafka = Kafka()
    jobs: Jobs = Jobs()
    service: Service = Service()
    storage: Storage = Storage()
    telemetry: Telemetry = Telemetry()
    state: Path | None = Field(
        default=None, description="folder of the database and stored pictures; unset for this user's own data folder"
    )
    workers: int = Field(default=0, ge=0, le=256, description="worker processes of a batch; 0 for one per core")
    sure_from: float = Field(default=0.75, ge=0, le=1, description="cutout confidence from which nobody need look")
    approve_above: float = Field(
        default=75,
        ge=0,
        le=100,
        description="quality score above which nobody need look; exactly so much goes to review",
    )
    background_colour: str | None = Field(
        default=None, description="of the shipped recipes that lay a plain background; unset for what the recipe says"
    )
    target_min_dimension: int | None = Field(
        default=None, ge=1, le=20000, description="pixels the shipped recipes enlarge to; unset for what they say"
    )
    background_removal: bool = Field(default=True, description="false takes the cutout out of the shipped recipes")


@dataclass(frozen=True)
class Resolved:
    """The settings, the origin of each by dotted name (`default`, `packshot.toml`, ...), and what to warn of."""

    settings: Settings
    origins: dict[str, str]
    warnings: tuple[str, ...] = ()


def resolve(
    arguments: Mapping[str, Any] | None = None,
    *,
    environment: Mapping[str, str] | None = None,
    folder: Path | None = None,
) -> Resolved:
    """Settings from every source. `arguments` go by dotted name; None among them means not given.

    Raises SettingsError that names the setting, its limit and where the value came from.
    """
    folder = folder or Path()
    here = os.environ if environment is None else environment
    from_environment, unknown = _of_variables(here, "the environment")
    from_file, unknown_in_file = _of_variables(_dotenv(folder / ".env"), ".env")
    sources = [
        {name: (value, "argument") for name, value in (arguments or {}).items() if value is not None},
        from_environment,
        from_file,
        _of_toml(folder / "packshot.toml"),
    ]
    chosen: dict[str, tuple[Any, str]] = {}
    for source in reversed(sources):
        _check_names(source)
        chosen |= source
    origins = {name: chosen[name][1] if name in chosen else "default" for name in leaves()}
    return Resolved(_validated(chosen), origins, (*unknown, *unknown_in_file))


def leaves(model: type[BaseModel] = Settings, prefix: str = "") -> dict[str, FieldInfo]:
    """Every setting by its dotted name."""
    found: dict[str, FieldInfo] = {}
    for name, field in model.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            found |= leaves(kind, f"{prefix}{name}.")
        else:
            found[prefix + name] = field
    return found


def state_folder(settings: Settings) -> Path:
    """Where what must last is kept."""
    if settings.state is not None:
        return settings.state.expanduser().absolute()
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local") / "packshot"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "packshot"
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "packshot"


def variable(name: str) -> str:
    """`limits.max_seconds` as the environment spells it."""
    return PREFIX + name.upper().replace(".", "__")


def _of_variables(variables: Mapping[str, str | None], place: str) -> tuple[dict[str, tuple[Any, str]], list[str]]:
    known = {variable(name): name for name in leaves()}
    found: dict[str, tuple[Any, str]] = {}
    for key in [*ALIASES, *known]:  # our own spelling comes last, so it wins
        value = variables.get(key)
        if value:
            found[ALIASES.get(key) or known[key]] = (value, f"{key} in {place}")
    strangers = [key for key in variables if key.startswith(PREFIX) and key not in known and key not in _NOT_SETTINGS]
    return found, [f"{key} in {place} is no setting{_nearest(key, known)}" for key in sorted(strangers)]


def _dotenv(path: Path) -> Mapping[str, str | None]:
    if not path.is_file():
        return {}
    from dotenv import dotenv_values  # 40 ms that a folder without .env need not pay

    return dotenv_values(path, interpolate=False)


def _of_toml(path: Path) -> dict[str, tuple[Any, str]]:
    if not path.is_file():
        return {}
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path.name} is not TOML: {error}", hint="mend the line it names").at(str(path)) from error
    return {name: (value, path.name) for name, value in _flat(content).items()}


def _flat(table: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in table.items():
        found |= _flat(value, f"{prefix}{name}.") if isinstance(value, Mapping) else {prefix + name: value}
    return found


def _check_names(source: Mapping[str, tuple[Any, str]]) -> None:
    known = leaves()
    for name, (_, origin) in source.items():
        if name not in known:
            nearest = _nearest(name, known).removeprefix("; ")
            raise SettingsError(f"no setting is called '{name}'", hint=nearest or "packshot settings lists them").at(
                origin
            )


def _nearest(name: str, known: Mapping[str, Any]) -> str:
    near = get_close_matches(name, known, n=1, cutoff=0.6)
    return f"; did you mean {near[0]}?" if near else ""


def _validated(chosen: Mapping[str, tuple[Any, str]]) -> Settings:
    nested: dict[str, Any] = {}
    for name, (value, _) in chosen.items():
        *topics, leaf = name.split(".")
        table = nested
        for topic in topics:
            table = table.setdefault(topic, {})
        table[leaf] = value
    try:
        return Settings.model_validate(nested)
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"])
        wanted = first["msg"].removeprefix("Input should be ").removesuffix(", unable to parse string as a number")
        origin = chosen[name][1] if name in chosen else ""
        hint = f"set {variable(name)}, or {name} in packshot.toml"
        if name.endswith(".key"):  # what was given may be the secret in a wrong wrapping, and the cause would show it
            raise SettingsError(f"{name} must be text", hint=hint).at(origin) from None
        raise SettingsError(f"{name} must be {wanted}, got {first['input']!r}", hint=hint).at(origin) from error
