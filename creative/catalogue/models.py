"""The models people can choose: one TOML each, found by listing the folders."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from creative.catalogue.fit import Shape, cache_bytes
from creative.errors import MalformedFile

FOLDER = Path(__file__).parent
Count = Annotated[int, Field(ge=0)]


class CatalogueModel(BaseModel):
    """What is known of a model before anything is downloaded."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    id: Annotated[str, Field(min_length=1)]
    """Its id on the hub, or `starter` for the one that comes with the playground."""
    title: Annotated[str, Field(min_length=1)]
    parameters_b: Annotated[float, Field(gt=0)]
    """Billions of parameters; all of them must be in memory."""
    active_b: Annotated[float, Field(ge=0)] = 0.0
    """Billions that work on each token in a mixture of experts; 0 where all do."""
    licence: str
    languages: tuple[str, ...] = Field(strict=False, min_length=1)
    """English names of the languages it writes well."""
    context: Annotated[int, Field(gt=0)]
    """Tokens that prompt and text may take together."""
    gated: bool = False
    """Whether the hub may ask to accept terms before the download."""
    vocabulary: Count = 0
    hidden: Count = 0
    layers: Count = 0
    kv_heads: Count = 0
    head_dim: Count = 0
    tied: bool = True
    """Whether the output head shares the embedding's weights."""
    experts_b: Annotated[float, Field(ge=0)] = 0.0
    """Billions of parameters in experts, which are never quantized."""
    good_for: Mapping[Literal["en", "zh"], str]
    """One line for the page, by its language."""

    @property
    def shape(self) -> Shape:
        """What of it decides its memory; unknown where the file does not say."""
        if not (self.vocabulary and self.hidden and self.layers):
            return Shape(self.parameters_b)
        head_b = self.vocabulary * self.hidden / 1e9
        return Shape(
            self.parameters_b,
            kept_b=head_b * (1 if self.tied else 2) + self.experts_b,
            cache_bytes=cache_bytes(self.layers, self.kv_heads, self.head_dim),
            tied_b=head_b if self.tied else 0.0,
        )


@dataclass(frozen=True)
class Catalogue:
    """All models found, smallest first, and what could not be read."""

    models: tuple[CatalogueModel, ...]
    faults: tuple[MalformedFile, ...] = ()

    def find(self, model_id: str) -> CatalogueModel | None:
        """Give the entry of a hub id; None for a model that is not listed, which may still be used."""
        return next((model for model in self.models if model.id == model_id), None)


def load_catalogue(folders: Sequence[Path] = (FOLDER,)) -> Catalogue:
    """Read every TOML of the folders; a later folder's entry takes the place of an earlier one's."""
    models: dict[str, CatalogueModel] = {}
    faults: list[MalformedFile] = []
    for path in (path for folder in folders for path in sorted(folder.glob("*.toml"))):
        try:
            model = read_model(path)
            models[model.id] = model
        except MalformedFile as err:
            faults.append(err)
    return Catalogue(tuple(sorted(models.values(), key=lambda model: model.parameters_b)), tuple(faults))


def read_model(path: Path) -> CatalogueModel:
    """Read one model's file. Raises `MalformedFile` naming every wrong line."""
    try:
        return CatalogueModel.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as err:
        raise MalformedFile(f"The model file {path.name} cannot be read: {err}.", "Correct it.") from err
    except ValidationError as err:
        wrong = "; ".join(
            f"{'.'.join(map(str, fault['loc']))}: {fault['msg'][0].lower()}{fault['msg'][1:]}"
            for fault in err.errors()
        )
        known = ", ".join(CatalogueModel.model_fields)
        raise MalformedFile(
            f"The model file {path.name} is not right: {wrong}.", f"It may have: {known}."
        ) from err
