"""All that a judgement follows from, read from the plans once."""

from dataclasses import dataclass

from access import kinds
from access.calls import Need, Plans, World, needs
from access.grants import Grant, opened
from access.identities import Setting, short, table
from access.roles import Roles, roles


@dataclass(frozen=True, slots=True)
class Case:
    """Grants, needs, and the names of both."""

    grants: tuple[Grant, ...]
    needs: frozenset[Need]
    roles: Roles
    names: dict[str, str]
    """The short name of each member that may have a grant."""
    planned: frozenset[tuple[str, str]]
    """What is planned: how permissions on it begin, and its name."""
    places: dict[str, frozenset[str]]
    """What the names of calls.toml stand for."""

    @classmethod
    def of(cls, plans: Plans, setting: Setting) -> "Case":
        """Read the plans.

        Raises:
            UnknownError: they hold what cannot be judged.
        """
        resources = [resource for plan in plans.values() for resource in plan]
        where = kinds.buckets(resources)
        planned = {
            (kinds.kind(resource).guards, kinds.canonical(resource, where))
            for resource in resources
            if kinds.kind(resource).guards
        }
        return cls(
            opened(resources),
            frozenset(needs(plans, setting)),
            roles(resources),
            short(setting),
            frozenset(planned),
            World(plans, setting).places(table()["resources"]),
        )
