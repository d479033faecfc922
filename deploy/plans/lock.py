"""The lock of a state whose holder died, and when it may be taken away.

A job that is killed leaves its lock in the bucket for ever. It is taken away only if a run of ours
said that it would hold it, the lock names that run's machine and time, and GitHub says that the run
has ended. A person's lock is a person's to give back: `terraform force-unlock ID`.
"""

import pwd
import socket
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from os import getuid
from typing import Protocol

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from deploy.plans.store import MissingError, Store, Stored

LOCK = "pipeline/default.tflock"
"""Where the bucket's backend puts it, of the prefix `pipeline` that docs/deploy.md gives it."""
HOLDER = "release/holder.json"
"""Who is about to lock, in the same bucket and outside of that prefix."""
CLOCK_SKEW = timedelta(minutes=1)


class Why(StrEnum):
    """Why a lock stays."""

    UNREADABLE = "unreadable"
    FOREIGN = "foreign"
    RUNNING = "running"


class LockError(Exception):
    """The lock stays; the text says why and what to do."""

    def __init__(self, why: Why, words: str) -> None:
        """Keep the one word, for tests and logs, and the sentence."""
        self.why = why
        super().__init__(f"{why}: {words}")


class Lock(BaseModel):
    """A lock as Terraform writes it; further fields do not matter."""

    model_config = ConfigDict(frozen=True)

    id: str = Field(alias="ID", pattern=r"^[A-Za-z0-9-]{1,64}$")
    who: str = Field(alias="Who", min_length=1)
    """`USER@HOST` of the process that took it."""
    created: AwareDatetime = Field(alias="Created")


class Holder(BaseModel):
    """The run that is about to lock, written down before it does."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    run_id: int = Field(gt=0)
    attempt: int = Field(gt=0)
    job_id: int | None = Field(default=None, gt=0)
    """GitHub's `job.check_run_id`; without it, the whole attempt has to have ended."""
    who: str
    since: AwareDatetime


class Runs(Protocol):
    """Whoever knows which runs have ended."""

    def ended(self, holder: Holder) -> datetime | None:
        """Tell when the holder's job ended; None while it is going on.

        Raises:
            LockError: that cannot be found out.
        """


def announce(
    store: Store, run_id: int, attempt: int, job_id: int | None = None, now: datetime | None = None
) -> Holder:
    """Write down who is about to lock, right before Terraform is started on this machine.

    Raises:
        StoreError: it cannot be kept: then nothing is to be applied.
    """
    # As Terraform names itself.
    who = f"{pwd.getpwuid(getuid()).pw_name}@{socket.gethostname()}"
    since = now or datetime.now(UTC)
    holder = Holder(run_id=run_id, attempt=attempt, job_id=job_id, who=who, since=since)
    store.replace(HOLDER, holder.model_dump_json().encode())
    return holder


def recover(store: Store, runs: Runs, unlock: Callable[[str], None], name: str = LOCK) -> str:
    """Take away the lock that a dead run of ours left; gives its id, or nothing if there is none.

    Args:
        store: the state's bucket.
        runs: who knows which runs have ended.
        unlock: gives an id back, as `Root.force_unlock`. Of a lock that is another by then it
            takes nothing away, since a bucket deletes the one generation that is the id.
        name: of the lock in the store.

    Raises:
        LockError: it stays.
        StoreError: it cannot be looked at.
    """
    try:
        lock = read(store.read(name))
    except MissingError:
        return ""
    holder = _holder(store)
    if lock.who != holder.who:
        words = "it is not of the run that last said it would apply; whoever took it gives it back"
        raise LockError(Why.FOREIGN, words)
    if holder.since - lock.created > CLOCK_SKEW:
        raise LockError(Why.FOREIGN, "it is older than the run that last said it would apply")
    ended = runs.ended(holder)
    if ended is None:
        words = f"run {holder.run_id}, attempt {holder.attempt}, is still going on: wait for it"
        raise LockError(Why.RUNNING, words)
    if lock.created - ended > CLOCK_SKEW:
        raise LockError(Why.FOREIGN, "it was taken after the run had ended that it seems to be of")
    unlock(lock.id)
    return lock.id


def read(stored: Stored) -> Lock:
    """Read a lock. In a bucket its id is the object's generation, whatever the text says.

    Raises:
        LockError: it is none.
    """
    try:
        lock = Lock.model_validate_json(stored.content)
    except ValidationError:
        words = "what lies in the lock's place is no lock; a person has to look at it"
        raise LockError(Why.UNREADABLE, words) from None
    return lock.model_copy(update={"id": stored.generation}) if stored.generation else lock


def _holder(store: Store) -> Holder:
    try:
        return Holder.model_validate_json(store.read(HOLDER).content)
    except MissingError:
        raise LockError(Why.FOREIGN, "no run of ours ever said that it would apply") from None
    except ValidationError:
        words = f"{HOLDER} is no note of a run; a person has to look at it"
        raise LockError(Why.UNREADABLE, words) from None
