"""JSON as Google's APIs write it, read strictly: nothing doubled, unknown or too large passes."""

import base64
import binascii
import json
from collections.abc import Mapping
from typing import Annotated, Any, NoReturn, Self

from pydantic import BaseModel, ConfigDict, PlainSerializer, PlainValidator, ValidationError
from pydantic.alias_generators import to_camel

LARGEST_BYTES = 4 << 20
"""Of one document: some thousand attestations of one image."""


class UnreadableError(Exception):
    """A document cannot be judged; the text says where and why."""


def read(raw: str | bytes) -> dict[str, Any]:
    """Read a JSON object.

    Raises:
        UnreadableError: it is none, names a key twice, or is too large.
    """
    if len(raw) > LARGEST_BYTES:
        raise UnreadableError(f"larger than {LARGEST_BYTES} bytes")
    try:
        document = json.loads(raw, object_pairs_hook=_once, parse_constant=_no_number)
    except (ValueError, RecursionError) as exc:
        raise UnreadableError(f"no JSON: {exc}") from exc
    if not isinstance(document, dict):
        raise UnreadableError("no JSON object")
    return document


class Document(BaseModel):
    """An object of an API: snake_case here, camelCase there, and no field that is not known."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid", alias_generator=to_camel)

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Self:
        """Take values from JSON.

        Raises:
            UnreadableError: naming the field; never the value, which may be anything.
        """
        try:
            return cls.model_validate(values)
        except ValidationError as exc:
            first = exc.errors(include_url=False, include_input=False)[0]
            where = ".".join(str(part) for part in first["loc"]) or "the whole"
            raise UnreadableError(f"{cls.__name__}, {where}: {first['msg']}") from exc

    def json_values(self) -> dict[str, Any]:
        """Write the fields that were set, as the API takes them."""
        return self.model_dump(mode="json", by_alias=True, exclude_unset=True)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    # Two readers would choose differently, and one of them may be Google's.
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key is there twice")
    return found


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number")


def encode(content: bytes) -> str:
    """Write bytes as an API's JSON has them."""
    return base64.b64encode(content).decode("ascii")


def decode(text: object) -> bytes:
    """Read bytes as an API's JSON has them: base64, whole.

    Raises:
        ValueError: it is something else.
    """
    if not isinstance(text, str):
        raise ValueError("no base64")  # noqa: TRY004 - pydantic collects this one
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as exc:
        raise ValueError("no base64") from exc


Base64 = Annotated[bytes, PlainValidator(decode), PlainSerializer(encode, return_type=str)]
"""Bytes of a document."""
