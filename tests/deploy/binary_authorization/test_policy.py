"""A policy says what is exempt and which rule counts; what is not known in one is refused."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deploy.binary_authorization.policy import Pattern, Policy
from deploy.documents import UnreadableError
from tests.deploy.binary_authorization.attestations import DIGEST, IMAGE, changed, policy, rule

RULE = ("defaultAdmissionRule",)


@pytest.mark.parametrize(
    ("path", "value", "reason"),
    [
        (("globalPolicyEvaluationMode",), "ON", "globalPolicyEvaluationMode"),
        (("defaultAdmissionRule",), None, "Field required"),
        ((*RULE, "evaluationMode"), "EVALUATION_MODE_UNSPECIFIED", "evaluationMode"),
        ((*RULE, "evaluationMode"), "ALLOW_ALL", "evaluationMode"),
        ((*RULE, "evaluationMode"), 1, "evaluationMode"),
        ((*RULE, "evaluationMode"), "ALWAYS_DENY", "belong to REQUIRE_ATTESTATION"),
        ((*RULE, "enforcementMode"), "ENFORCEMENT_MODE_UNSPECIFIED", "enforcementMode"),
        ((*RULE, "enforcementMode"), None, "Field required"),
        ((*RULE, "requireAttestationsBy"), [], "it needs one"),
        ((*RULE, "requireAttestationsBy"), ["release-1"], "requireAttestationsBy"),
        ((*RULE, "else"), True, "Extra inputs"),
        (("kubernetesNamespaceAdmissionRules",), {"x": rule()}, "Extra inputs"),
        (("istioServiceIdentityAdmissionRules",), {}, "Extra inputs"),
        (("clusterAdmissionRules",), {"europe-west1.x": {}}, "clusterAdmissionRules"),
        (("admissionWhitelistPatterns",), [{"pattern": "gcr.io/x"}], "Extra inputs|required"),
    ],
)
def test_what_cannot_be_judged_is_refused(path, value, reason):
    with pytest.raises(UnreadableError, match=reason):
        Policy.of(changed(policy(), path, value))


@pytest.mark.parametrize(
    "text", ["*", "**", "gcr.io", "gcr.i*", "*.gcr.io/x", "gcr.io/*/x", "gcr.io/x***", "gcr.io/x y"]
)
def test_a_pattern_that_google_does_not_take_is_refused(text):
    """Wildcards stand at the end alone, and after the registry."""
    with pytest.raises(UnreadableError, match="namePattern"):
        Pattern.of({"namePattern": text})


@pytest.mark.parametrize(
    ("pattern", "image", "exempt"),
    [
        ("gcr.io/nginx*", "gcr.io/nginx@latest", True),
        ("gcr.io/nginx*", "gcr.io/nginx/image", False),
        ("gcr.io/nginx**", "gcr.io/nginx/image", True),
        ("gcr.io/nginx*", "gcr.io/nginx", True),
        ("gcr.io/nginx", "gcr.io/nginx", True),
        ("gcr.io/nginx", "gcr.io/nginx:latest", False),
        ("gcr.io/nginx", f"gcr.io/nginx@{DIGEST}", False),
        ("gcr.io/nginx", "gcr.io/nginxed", False),
        ("gcr.io/*", "gcr.io/a/b", False),
        ("gcr.io/**", "gcr.io/a/b", True),
        ("gcr.io/**", "gcr.io.example/a/b", False),
        ("gcr.io/a/*", "gcr.io/a", False),
        ("gcr.io/a.b", "gcr.io/aXb", False),
        ("europe-west1-docker.pkg.dev/**", str(IMAGE), True),
        ("europe-west1-docker.pkg.dev/data-prod-4711/*", str(IMAGE), False),
    ],
)
def test_a_pattern_exempts_as_google_documents(pattern, image, exempt):
    assert Pattern.of({"namePattern": pattern}).matches(image) is exempt


PARTS = st.text("a/.*-", max_size=6)


@given(stem=st.text("a/.-", max_size=5), wildcard=st.sampled_from(["", "*", "**"]), image=PARTS)
def test_a_pattern_matches_what_its_expression_does(stem, wildcard, image):
    """Written another way: `*` is `[^/]*`, `**` is `.*`, and all else is itself."""
    pattern = Pattern.of({"namePattern": f"r/{stem}{wildcard}"})
    expression = {"": "", "*": "[^/]*", "**": ".*"}[wildcard]
    expected = re.fullmatch(re.escape(f"r/{stem}") + expression, f"r/{image}")
    assert pattern.matches(f"r/{image}") is bool(expected)


def test_a_cluster_has_its_own_rule_and_cloud_run_the_default():
    found = Policy.of(policy(clusterAdmissionRules={"europe-west1.x": rule("ALWAYS_DENY")}))
    assert found.rule("europe-west1.x").evaluation_mode == "ALWAYS_DENY"
    assert found.rule("europe-west1.y") is found.rule() is found.default_admission_rule
