"""Airflow assets in a YAML config: what a DAG waits for, and what a step writes."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from itertools import pairwise
from textwrap import dedent
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    GetJsonSchemaHandler,
    Tag,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema
from typing_extensions import Self

from zcompile.config.values import Plain, Some, wrong

MAX_NAME = 1500
"""Airflow's limit for names, URIs and groups of assets, in characters."""


class Section(BaseModel):
    """A part of a config: it is strict about its keys, and frozen.

    Attributes of subclasses have docstrings, which the reference and the JSON Schema show. They are
    read when one of these is made; pydantic would read them whenever a command starts.
    """

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        protected_namespaces=(),
        # Most compiles need few of the models, and each command would wait for all of them.
        defer_build=True,
    )

    @classmethod
    def descriptions(cls) -> dict[str, str]:
        """What each key means: the docstrings of the attributes, inherited ones included."""
        found: dict[str, str] = {}
        for base in reversed(cls.__mro__):
            if issubclass(base, Section):
                (definition,) = ast.parse(dedent(inspect.getsource(base))).body
                assert isinstance(definition, ast.ClassDef)
                found.update(_attribute_docstrings(definition))
        return {name: text for name, text in found.items() if name in cls.model_fields}

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        found = handler(core_schema)
        properties = handler.resolve_ref_schema(found)["properties"]
        for name, text in cls.descriptions().items():
            properties[name]["description"] = text
        return found


def _attribute_docstrings(definition: ast.ClassDef) -> Iterator[tuple[str, str]]:
    for statement, following in pairwise(definition.body):
        match statement, following:
            case (
                ast.AnnAssign(target=ast.Name(id=name)),
                ast.Expr(value=ast.Constant(value=str(text))),
            ):
                yield name, inspect.cleandoc(text)


def _identifier(value: str) -> str:
    if not value or value.isspace() or len(value) > MAX_NAME:
        raise wrong("ZC362", f"write 1 to {MAX_NAME} characters that are not all spaces")
    return value


def _name(value: str) -> str:
    if value in ("self", "context"):
        raise wrong("ZC362", "Airflow keeps this name for itself")
    return _identifier(value)


def _uri(value: str) -> str:
    _identifier(value)
    try:
        parts = urlsplit(value)
    except ValueError as error:
        raise wrong("ZC362", f"it is no URI: {error}") from None
    if parts.scheme.lower() == "airflow":
        raise wrong("ZC362", "Airflow keeps the scheme `airflow` for itself")
    if parts.password:
        raise wrong("ZC362", "it holds a password; leave it out")
    return value


AssetName = Annotated[str, AfterValidator(_name)]
AssetUri = Annotated[str, AfterValidator(_uri)]
Group = Annotated[str, AfterValidator(_identifier)]


class Asset(Section):
    """An asset, by its name, its URI, or both."""

    name: AssetName | None = None
    """The asset's name; its URI by default."""
    uri: AssetUri | None = None
    """Where it is kept, such as `s3://bucket/key`; its name by default."""
    group: Group | None = None
    """A group of assets in Airflow's pages."""
    extra: Plain | None = None
    """Plain data about it."""

    @model_validator(mode="after")
    def _has_a_name(self) -> Self:
        if self.name is None and self.uri is None:
            raise wrong("ZC362", "an asset has a `name`, a `uri`, or both")
        if self.name is None and self.uri is not None:
            _name(self.uri)
        return self


class AssetAlias(Section):
    """An alias: a name under which a task may report assets that it learns of while it runs."""

    alias: AssetName
    """The alias's name."""
    group: Group | None = None
    """A group of assets in Airflow's pages."""


class AnyOf(Section):
    """Waits until one of several assets is updated."""

    any: AssetList
    """Assets, aliases, and further `any` and `all`."""


class AllOf(Section):
    """Waits until all of several assets are updated."""

    all: AssetList
    """Assets, aliases, and further `any` and `all`."""


def asset_kind(value: Any) -> str | None:
    """The tag of what stands for an asset in a config; None if it is nothing of the kind."""
    if isinstance(value, str):
        return "<name>"
    if isinstance(value, dict):
        for key in ("any", "all", "alias"):
            if key in value:
                return f"<{key}>"
        return "<asset>"
    return None


def _named(value: str) -> Asset:
    return Asset(uri=_uri(value)) if "://" in value else Asset(name=_uri(_name(value)))


NamedAsset = Annotated[
    Any, AfterValidator(lambda value: _named(value)), Field(json_schema_extra={"type": "string"})
]

AssetExpression = Annotated[
    Annotated[NamedAsset, Tag("<name>")]
    | Annotated[Asset, Tag("<asset>")]
    | Annotated[AssetAlias, Tag("<alias>")]
    | Annotated[AnyOf, Tag("<any>")]
    | Annotated[AllOf, Tag("<all>")],
    Discriminator(
        asset_kind,
        custom_error_type="ZC362",
        custom_error_message="write an asset's name or URI, or a mapping with `name`, `uri`, "
        "`alias`, `any` or `all`",
    ),
]
"""An asset, an alias, or any or all of several."""

WrittenAsset = Annotated[
    Annotated[NamedAsset, Tag("<name>")]
    | Annotated[Asset, Tag("<asset>")]
    | Annotated[AssetAlias, Tag("<alias>")],
    Discriminator(
        asset_kind,
        custom_error_type="ZC362",
        custom_error_message="write an asset's name or URI, or a mapping with `name`, `uri` or "
        "`alias`",
    ),
]
"""An asset that a task reads or writes, or an alias of such."""

AssetList = Annotated[tuple[AssetExpression, ...], Some]

AnyOf.model_rebuild()
AllOf.model_rebuild()
