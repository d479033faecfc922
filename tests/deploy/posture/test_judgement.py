"""Each control that somebody with more rights can take away is missed by the nightly look."""

import pytest

from deploy.posture.judgement import complaints
from tests.deploy.posture.project import ADMISSION, OURS, POOL, PROVIDER, ROLE, WANTED, seen


def test_a_project_as_it_was_applied_has_no_complaint():
    assert list(complaints(seen(), WANTED)) == []


def grant(role, member):
    return lambda it: it.policy["bindings"].append({"role": role, "members": [member]})


def rule(**changes):
    return lambda it: it.admission["defaultAdmissionRule"].update(changes)


def provider(**changes):
    return lambda it: it.providers[0].update(changes)


def open_to(member):
    binding = {"role": "roles/run.invoker", "members": [member]}
    return lambda it: it.services[0]["policy"]["bindings"].append(binding)


CHANGES = {
    "a service without the policy": (
        lambda it: it.services[0].pop("binaryAuthorization"),
        "service data-api: does not ask for the project's policy",
    ),
    "a service with it off": (
        lambda it: it.services[0].update(binaryAuthorization={}),
        "service data-api: does not ask",
    ),
    "a service with a policy of its own": (
        lambda it: it.services[0]["binaryAuthorization"].update(policy="projects/x/platforms/y"),
        "service data-api: does not ask",
    ),
    "breakglass": (
        lambda it: it.services[0]["binaryAuthorization"].update(breakglassJustification="now"),
        "service data-api: runs by breakglass",
    ),
    "another service, in another region": (
        lambda it: it.services.append(
            {"name": "projects/acme-data/locations/asia-east1/services/miner", "policy": {}}
        ),
        "service miner: does not ask",
    ),
    "a job without the policy": (
        lambda it: it.jobs[0].pop("binaryAuthorization"),
        "job copy: does",
    ),
    "a worker pool without the policy": (
        lambda it: it.pools[0].pop("binaryAuthorization"),
        "worker pool puller: does not ask",
    ),
    "a worker pool with a policy of its own": (
        lambda it: it.pools[0]["binaryAuthorization"].update(policy="projects/x/platforms/y"),
        "worker pool puller: does not ask",
    ),
    "a worker pool by breakglass": (
        lambda it: it.pools[0]["binaryAuthorization"].update(breakglassJustification="now"),
        "worker pool puller: runs by breakglass",
    ),
    "another worker pool, in another region": (
        lambda it: it.pools.append(
            {"name": "projects/acme-data/locations/asia-east1/workerPools/miner"}
        ),
        "worker pool miner: does not ask",
    ),
    "a service without IAM": (
        lambda it: it.services[0].update(invokerIamDisabled=True),
        "service data-api: lets everybody in",
    ),
    "a public service": (open_to("allUsers"), "service data-api: allUsers has roles/run.invoker"),
    "a service for every account": (open_to("allAuthenticatedUsers"), "allAuthenticatedUsers has"),
    "a policy that only notes": (
        rule(enforcementMode="DRYRUN_AUDIT_LOG_ONLY"),
        "enforcementMode is DRYRUN_AUDIT_LOG_ONLY",
    ),
    "a policy that allows": (rule(evaluationMode="ALWAYS_ALLOW"), "evaluationMode is ALWAYS_ALLOW"),
    "another attestor": (rule(requireAttestationsBy=["projects/x/attestors/y"]), "attestors/y"),
    "one more attestor": (
        rule(
            requireAttestationsBy=[*ADMISSION["defaultAdmissionRule"]["requireAttestationsBy"], "a"]
        ),
        "release-a alone",
    ),
    "no attestor": (rule(requireAttestationsBy=[]), "it asks []"),
    "no rule": (lambda it: it.admission.clear(), "evaluationMode is None"),
    "a pattern that lets in": (
        lambda it: it.admission.update(admissionWhitelistPatterns=[{"namePattern": "*"}]),
        "admissionWhitelistPatterns lets images in",
    ),
    "a rule for a cluster": (
        lambda it: it.admission.update(clusterAdmissionRules={"a.b": {}}),
        "clusterAdmissionRules lets images in",
    ),
    "a public project": (
        grant("roles/viewer", "allAuthenticatedUsers"),
        "allAuthenticatedUsers has",
    ),
    "more for one of ours": (
        grant("roles/owner", f"serviceAccount:{OURS}"),
        f"project: {OURS} has roles/owner",
    ),
    "less for one of ours": (lambda it: it.policy["bindings"].pop(0), f"{OURS} lacks {ROLE}"),
    "a basic role for another account": (
        grant("roles/editor", "serviceAccount:1-compute@developer.gserviceaccount.com"),
        "1-compute@developer.gserviceaccount.com has roles/editor",
    ),
    "a grant to the pool": (
        grant("roles/viewer", f"principalSet://iam.googleapis.com/{POOL}/*"),
        "federated jobs have no grant",
    ),
    "a key": (
        lambda it: it.keys[OURS].append({"name": "projects/acme-data/serviceAccounts/x/keys/abc"}),
        f"{OURS}: has the key abc",
    ),
    "a key of an account that somebody made": (
        lambda it: it.keys.update({"helper@acme-data.iam": [{"name": "x/keys/def"}]}),
        "helper@acme-data.iam: has the key def",
    ),
    "an account that is gone": (lambda it: it.keys.pop(OURS), f"{OURS}: the account is gone"),
    "a second provider": (
        lambda it: it.providers.append({**PROVIDER, "name": f"{POOL}/providers/mine"}),
        "a second provider",
    ),
    "no provider": (lambda it: it.providers.pop(0), "providers/github is gone"),
    "a deleted provider": (provider(state="DELETED"), "providers/github is gone"),
    "another condition": (provider(attributeCondition="true"), "condition was changed"),
    "no condition": (lambda it: it.providers[0].pop("attributeCondition"), "condition was changed"),
    "another mapping": (
        provider(attributeMapping={"google.subject": "'x'"}),
        "mapping was changed",
    ),
    "another issuer": (provider(oidc={"issuerUri": "https://example.com"}), "other tokens"),
    "keys that somebody uploaded": (
        provider(oidc={"issuerUri": WANTED.issuer, "jwksJson": "{}"}),
        "other tokens",
    ),
    "one more audience": (
        provider(oidc={"issuerUri": WANTED.issuer, "allowedAudiences": ["x"]}),
        "other tokens",
    ),
    "another kind of provider": (
        lambda it: (it.providers[0].pop("oidc"), it.providers[0].update(saml={})),
        "other tokens",
    ),
}


@pytest.mark.parametrize(("change", "said"), CHANGES.values(), ids=CHANGES)
def test_a_change_is_named(change, said):
    found = list(complaints(seen(change), WANTED))
    assert any(said in each for each in found), found
