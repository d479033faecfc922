"""Where a deployed pipeline is tried, as its state says after a look at the cloud; no I/O."""

from collections.abc import Iterator, Mapping
from typing import Any

from deploy.plans import first, standing
from deploy.plans.steps import TAG
from deploy.plans.traffic import address
from deploy.reference import RefusedError


def read(state: Mapping[str, Any]) -> dict[str, str]:
    """Tell `url`, `service`, `audience` and `topic`; what is not there yet is empty.

    Args:
        state: a plan's `prior_state`.

    Returns:
        `url` is the candidate's own address where there is one, else the service's; `topic` is
        empty as long as nothing is pushed from it.

    Raises:
        RefusedError: the candidate has no address, so that nobody could try it.
    """
    values = state.get("values", {})
    found = {each["address"]: each for each in standing.resources(values.get("root_module", {}))}
    outputs = {name: each.get("value") for name, each in values.get("outputs", {}).items()}
    if (service := found.get(address("api"))) is None:
        return dict.fromkeys(("url", "service", "audience", "topic"), "")
    balanced = outputs.get("load_balancer") or {}
    tagged = any(share.tag == TAG for share in standing.shares(service["values"]))
    own = str(outputs.get("api_url") or service["values"].get("uri") or "")
    url = own
    if tagged:
        candidates = [*_hosts(balanced), *_tagged(service["values"])]
        if not candidates:
            raise RefusedError(f"the revision with the tag {TAG} has no address yet: run it again")
        url = candidates[0]
    pushed = first.SUBSCRIPTION in found
    return {
        "url": url,
        "service": own,
        "audience": str((outputs.get("audiences") or {}).get("api") or ""),
        "topic": str(outputs.get("topic") or "") if pushed else "",
    }


def _hosts(balanced: Mapping[str, Any]) -> Iterator[str]:
    """Behind a load balancer, Cloud Run's own addresses are closed."""
    if host := (balanced.get("hosts") or {}).get(TAG):
        yield f"https://{host}"


def _tagged(service: Mapping[str, Any]) -> Iterator[str]:
    """Read the address that Cloud Run gave the tag."""
    for each in service.get("traffic_statuses") or []:
        if each.get("tag") == TAG and each.get("uri"):
            yield str(each["uri"])
