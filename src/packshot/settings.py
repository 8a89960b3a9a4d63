"""What a deployment may decide. First wins: argument, environment, `.env`, `packshot.toml`, default."""

from pathlib import Path

from pydantic import AliasChoices, BaseModel, ConfigDict, Field
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource


class Limits(BaseModel):
    """How large a picture may be. Checked on the header, before anything is decoded."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    max_megapixels: float = Field(default=120.0, gt=0, description="width times height in the file, in millions")
    max_megabytes: float = Field(default=100.0, gt=0, description="of the file, 1 MB = 1,000,000 bytes")
    max_seconds: float = Field(default=60.0, gt=0, description="for one picture, decoding to encoding")


class Settings(BaseSettings):
    """Every setting with its default; `packshot settings` prints them with where they came from."""

    model_config = SettingsConfigDict(
        env_prefix="PACKSHOT_",
        env_nested_delimiter="__",
        env_file=".env",
        toml_file="packshot.toml",
        extra="ignore",
        frozen=True,
        populate_by_name=True,
    )

    limits: Limits = Limits()
    workers: int = Field(default=0, ge=0, le=256, description="worker processes of a batch; 0 for one per core")
    sure_from: float = Field(default=0.7, ge=0, le=1, description="cutout confidence from which nobody need look")
    background_colour: str = Field(
        default="#ffffff",
        validation_alias=AliasChoices("PACKSHOT_BACKGROUND_COLOUR", "DEFAULT_BACKGROUND_COLOR", "background_colour"),
        description="of recipes that lay a plain background",
    )
    target_min_dimension: int = Field(
        default=1500,
        ge=1,
        le=20000,
        validation_alias=AliasChoices("PACKSHOT_TARGET_MIN_DIMENSION", "TARGET_MIN_DIMENSION", "target_min_dimension"),
        description="pixels; smaller pictures are enlarged to it",
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        sources: list[PydanticBaseSettingsSource] = [init_settings, env_settings, dotenv_settings]
        if Path("packshot.toml").is_file():
            sources.append(TomlConfigSettingsSource(settings_cls))
        return tuple(sources)
