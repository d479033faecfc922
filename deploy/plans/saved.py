"""A saved plan between the person who reads it and the job that applies it.

A record says what was planned, and of which file. The run shows the record's digest, which covers
all of it; plan and record lie under their digests, so that neither can be exchanged unseen.
"""

import hashlib
import json
import re
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from deploy.plans.steps import Pair, Release
from deploy.plans.store import MissingError, Store, TakenError

MAX_AGE = timedelta(days=1)
"""The bucket deletes a plan after it."""
CLOCK_SKEW = timedelta(minutes=5)
DIGEST = r"[0-9a-f]{64}"


class Objection(StrEnum):
    """Why a saved plan is not applied."""

    MISSING = "missing"
    DIGEST = "digest"
    UNREADABLE = "unreadable"
    COMMIT = "commit"
    STATE = "state"
    AGE = "age"


class SavedPlanError(Exception):
    """A saved plan may not be applied; the text says why and what to do."""

    def __init__(self, objection: Objection, why: str) -> None:
        """Keep the one word, for tests and logs, and the sentence."""
        self.objection = objection
        super().__init__(f"{objection}: {why}")


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class State(_Part):
    """Which writing of which state; a state that was never written has neither."""

    lineage: str = ""
    serial: int = Field(default=0, ge=0)

    @classmethod
    def pulled(cls, raw: str) -> "State":
        """Read what `terraform state pull` prints, which is nothing for an empty state.

        Raises:
            SavedPlanError: it is no state.
        """
        if not raw.strip():
            return cls()
        try:
            told = json.loads(raw)
            return cls(lineage=told["lineage"], serial=told["serial"])
        except (ValueError, LookupError, TypeError):
            raise SavedPlanError(Objection.UNREADABLE, "the state cannot be read") from None


class Revisions(_Part):
    """As `steps.Pair`."""

    stable: str
    candidate: str


class Record(_Part):
    """What was planned."""

    plan_sha256: str = Field(pattern=rf"^{DIGEST}$")
    commit: str = Field(pattern=r"^[0-9a-f]{40}$")
    state: State
    planned_at: AwareDatetime
    terraform_version: str
    images: dict[str, str]
    revisions: dict[str, Revisions]
    """By service, of those that change."""

    @property
    def written(self) -> bytes:
        """Give the bytes of which the digest is approved."""
        return self.model_dump_json().encode()

    @property
    def release(self) -> Release:
        """Give what the steps need."""
        pairs = {name: Pair(each.stable, each.candidate) for name, each in self.revisions.items()}
        return Release(self.images, pairs)


def keep(store: Store, plan: bytes, record: Record) -> str:
    """Put a plan and its record down; gives the digest that a person approves.

    Raises:
        StoreError: it cannot be kept.
    """
    if sha256(plan) != record.plan_sha256:
        raise SavedPlanError(Objection.DIGEST, "the record is about another file: plan anew")
    written = record.written
    for name, content in (
        (_plan_name(record.plan_sha256), plan),
        (_record_name(sha256(written)), written),
    ):
        try:
            store.create(name, content)
        except TakenError:
            # Its name is its digest: either it is the same, from an answer that was lost, or it is
            # refused when it is fetched.
            continue
    return sha256(written)


def fetch(
    store: Store, approved: str, commit: str, state: State, now: datetime | None = None
) -> tuple[Record, bytes]:
    """Fetch the plan that was approved, for the job that applies it.

    Args:
        store: where it was put.
        approved: the digest that the run showed to the person.
        commit: the commit that is checked out, 40 hexadecimal digits.
        state: where the state is now.
        now: the time, for tests.

    Raises:
        SavedPlanError: it is not what was approved, or no longer fits.
        StoreError: it cannot be fetched.
    """
    record = remembered(store, approved)
    if record.commit != commit:
        why = f"it was planned for commit {record.commit}, not {commit}"
        raise SavedPlanError(Objection.COMMIT, why)
    age = (now or datetime.now(UTC)) - record.planned_at
    if not -CLOCK_SKEW <= age <= MAX_AGE:
        why = (
            f"it was planned at {record.planned_at:%Y-%m-%d %H:%M}, not within {MAX_AGE}: plan anew"
        )
        raise SavedPlanError(Objection.AGE, why)
    if record.state != state:
        why = (
            f"the state is at serial {state.serial}, and was at {record.state.serial}"
            if record.state.lineage == state.lineage
            else "it was planned for another state"
        )
        raise SavedPlanError(Objection.STATE, f"{why}: something was applied since: plan anew")
    return record, _fetched(store, _plan_name(record.plan_sha256), record.plan_sha256)


def remembered(store: Store, approved: str) -> Record:
    """Fetch the record alone.

    Raises:
        SavedPlanError: it is not what was approved.
        StoreError: it cannot be fetched.
    """
    if not re.fullmatch(DIGEST, approved):
        why = "what was approved is named by a digest of 64 hexadecimal digits"
        raise SavedPlanError(Objection.DIGEST, why)
    return read(_fetched(store, _record_name(approved), approved), approved)


def read(written: bytes, approved: str) -> Record:
    """Read a record, for the steps after the candidate: it holds no secret, and travels in the run.

    Raises:
        SavedPlanError: it is not what was approved.
    """
    if sha256(written) != approved:
        why = "the record is not the one that was approved; plan anew, and find out who changed it"
        raise SavedPlanError(Objection.DIGEST, why)
    try:
        return Record.model_validate_json(written)
    except ValidationError:
        raise SavedPlanError(Objection.UNREADABLE, "the record has another shape") from None


def sha256(content: bytes) -> str:
    """Give a digest as 64 hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()


def _fetched(store: Store, name: str, digest: str) -> bytes:
    try:
        content = store.read(name).content
    except MissingError:
        why = f"{name} is gone or never was: it is kept for {MAX_AGE}; plan anew"
        raise SavedPlanError(Objection.MISSING, why) from None
    if sha256(content) != digest:
        why = f"{name} is not what was approved: somebody exchanged it; plan anew, and find out who"
        raise SavedPlanError(Objection.DIGEST, why)
    return content


def _plan_name(digest: str) -> str:
    return f"plans/{digest}.tfplan"


def _record_name(digest: str) -> str:
    return f"plans/{digest}.json"
