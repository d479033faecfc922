"""Where a state stands: which revision each service has, and who serves; no I/O."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from deploy.plans.document import SERVICE

WHOLE = 100
T = TypeVar("T", str, int)


class StandingError(Exception):
    """The state is not one that the steps begin or go on from; the text says what to do."""


@dataclass(frozen=True, slots=True, order=True)
class Share:
    """How many requests of a hundred a revision gets, and under which tag it has an address."""

    revision: str
    percent: int
    tag: str = ""


@dataclass(frozen=True, slots=True)
class Service:
    """How a service stands."""

    revision: str
    """The one that its template makes, serving or not."""
    image: str
    traffic: tuple[Share, ...]

    def percent(self, revision: str) -> int:
        """Sum up what a revision gets."""
        return sum(share.percent for share in self.traffic if share.revision == revision)


Standing = Mapping[str, Service]
"""By `api` and `function`; what is not deployed is absent."""


def read(state: Mapping[str, Any]) -> dict[str, Service]:
    """Read where a state stands, from its resources.

    The root's output `traffic` repeats the variables, and would speak of an apply that died.

    Args:
        state: as `terraform show -json` has it, or a plan's `prior_state`.
    """
    found = {}
    for resource in resources(state.get("values", {}).get("root_module", {})):
        if resource["type"] == SERVICE and resource["mode"] == "managed":
            name = resource["address"].split(".")[1].partition("[")[0]
            found[name] = _service(resource["values"])
    return found


def _service(values: Mapping[str, Any]) -> Service:
    template = (values.get("template") or [{}])[0]
    image = (template.get("containers") or [{}])[0].get("image") or ""
    return Service(template.get("revision") or "", image, shares(values))


def shares(values: Mapping[str, Any]) -> tuple[Share, ...]:
    """Read the traffic of a service's values.

    Raises:
        TypeError: a part is of another type than the provider's schema has it.
    """
    return tuple(
        Share(_told(each, "revision", ""), _told(each, "percent", 0), _told(each, "tag", ""))
        for each in values.get("traffic") or []
    )


def _told(share: Mapping[str, Any], name: str, nothing: T) -> T:
    """Read what is optional; an empty list, for example, is not the same as nothing."""
    value = share.get(name)
    if value is None:
        return nothing
    # Python's truth values are numbers too.
    if type(value) is not type(nothing):
        raise TypeError(f"traffic: {name} is of another type")
    return value


def resources(module: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Go through the resources of a module and of those in it."""
    yield from module.get("resources", [])
    for child in module.get("child_modules", []):
        yield from resources(child)
