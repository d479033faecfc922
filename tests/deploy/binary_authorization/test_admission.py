"""What may run is what the required attestors attested, by digest; everything else is refused."""

import json
import logging

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from deploy.binary_authorization import admission, payload
from deploy.binary_authorization.admission import Deployment, Project
from deploy.binary_authorization.attestor import Attestor
from deploy.binary_authorization.policy import Policy
from deploy.binary_authorization.signer import KEY_ID
from deploy.documents import LARGEST_BYTES, UnreadableError, encode
from tests.deploy.binary_authorization.attestations import (
    DIGEST,
    IMAGE,
    KEY,
    NAME,
    NOTE,
    OTHER_DIGEST,
    PROJECT,
    SIGNER,
    STRANGER,
    VERSION,
    attestor,
    changed,
    occurrence,
    policy,
    public_key,
    rule,
    said,
    signed,
    signer,
)

ATTESTED = occurrence()
CONTENT = payload.write(IMAGE)
GOOD = signed(SIGNER, CONTENT)
WAY = ("attestation", "signatures", 0)
SECOND = f"{PROJECT}/attestors/quality"
SECOND_NOTE = f"{PROJECT}/notes/quality"
NEWER = signer(KEY_ID.format(VERSION.removesuffix("1") + "2"))


def decide(*occurrences, by=None, attestors=None, image=IMAGE, **deployment):
    """Decide with one attestor and one rule that asks for it, unless a test says otherwise."""
    attestors = [attestor(public_key(SIGNER))] if attestors is None else attestors
    project = Project(
        Policy.of(by or policy()),
        {each["name"]: Attestor.of(each) for each in attestors},
        occurrences,
    )
    return admission.admit(Deployment(image=str(image), **deployment), project)


def test_what_was_attested_may_run():
    decision = decide(ATTESTED)
    assert (decision.admitted, decision.alarm) == (True, "")


@pytest.mark.parametrize(
    "image",
    [
        f"europe-docker.pkg.dev/elsewhere/copies/data-api@{DIGEST}",
        f"127.0.0.1:5000/something-else@{DIGEST}",
    ],
)
def test_the_same_digest_may_run_from_any_repository(image):
    """As in the cloud. That ours alone is deployed from is what cosign and the plan pin."""
    assert decide(ATTESTED, image=image).admitted


@pytest.mark.parametrize(
    ("found", "reason"),
    [
        pytest.param((), "none was made", id="attest step left out"),
        pytest.param(
            (occurrence(image=type(IMAGE)(IMAGE.repository, OTHER_DIGEST)),),
            "none was made",
            id="only another digest attested",
        ),
        pytest.param((occurrence(key=STRANGER),), "not by that key", id="other key, same id"),
        pytest.param(
            (occurrence(signatures=[signed(SIGNER, CONTENT, key_id="another id")]),),
            "a key that the attestor does not name",
            id="good signature under another id",
        ),
        pytest.param(
            (occurrence(signatures=[signed(signer(curve=ec.SECP384R1()), CONTENT)]),),
            "not by that key",
            id="other algorithm",
        ),
        pytest.param(
            (occurrence(signatures=[{**GOOD, "signatureAlgorithm": "NONE"}]),),
            "cannot be read",
            id="algorithm chosen by the occurrence",
        ),
        pytest.param(
            (occurrence(said(digest=OTHER_DIGEST)),),
            f"signed for {OTHER_DIGEST}",
            id="payload of another digest",
        ),
        pytest.param(
            (occurrence(signatures=[signed(SIGNER, payload.write(IMAGE) + b" ")]),),
            "not by that key",
            id="signature of another payload",
        ),
        pytest.param(
            (occurrence(said(type="atomic container signature")),),
            "what was signed is no attestation",
            id="payload of another type",
        ),
        pytest.param(
            (occurrence(said(more={"optional": {}})),),
            "what was signed is no attestation",
            id="payload with more in it",
        ),
        pytest.param(
            (occurrence(b'{"critical": {}, ' + said()[1:]),),
            "a key is there twice",
            id="payload with a key twice",
        ),
        pytest.param((occurrence(DIGEST.encode()),), "no JSON", id="payload is the digest alone"),
        pytest.param(
            (changed(ATTESTED, (*WAY, "signature"), GOOD["signature"][:-3]),),
            "cannot be read",
            id="truncated base64",
        ),
        pytest.param(
            (changed(ATTESTED, (*WAY, "signature"), encode(b"")),),
            "not by that key",
            id="empty signature",
        ),
        pytest.param(
            (changed(ATTESTED, ("attestation", "serializedPayload"), None),),
            "not by that key",
            id="no payload",
        ),
        pytest.param((occurrence(signatures=[]),), "nobody signed it", id="no signature"),
        pytest.param(
            (
                changed(
                    occurrence(signatures=[]), ("attestation", "jwts"), [{"compactJwt": "a.b.c"}]
                ),
            ),
            "nobody signed it",
            id="a token instead of a signature",
        ),
        pytest.param(
            (occurrence(noteName="projects/attacker-1/notes/release-1"),),
            "it hangs on projects/attacker-1/notes/release-1",
            id="note of another project",
        ),
        pytest.param(
            (occurrence(noteName=f"{NOTE}/x"),), f"it hangs on {NOTE}/x", id="note with more"
        ),
        pytest.param((occurrence(kind="BUILD"),), "none was made", id="occurrence of another kind"),
        pytest.param((occurrence(kind=None),), "none was made", id="occurrence of no kind"),
        pytest.param(
            (occurrence(vulnerability={}),), "cannot be read", id="attestation and another kind"
        ),
        pytest.param(
            (occurrence(resourceUri=f"https://{IMAGE.repository}@{OTHER_DIGEST}"),),
            "none was made",
            id="kept for another image",
        ),
        pytest.param(
            (occurrence(resourceUri=f"https://{IMAGE}x"),), "kept for another", id="longer digest"
        ),
        pytest.param(([ATTESTED],), "none was made", id="a list in the place of an occurrence"),
        pytest.param((None, "x", 1), "none was made", id="no occurrences at all"),
    ],
)
def test_everything_else_is_refused_with_the_reason(found, reason):
    decision = decide(*found)
    assert not decision.admitted
    assert reason in decision.reason
    assert NAME in decision.reason


def read(policy_of=None, attestors=None, occurrences=None):
    """Read a project from text, as the APIs answer."""
    given = attestor(public_key(SIGNER))
    return Project.of(
        json.dumps(policy()) if policy_of is None else policy_of,
        json.dumps({"attestors": [given]}) if attestors is None else attestors,
        json.dumps({"occurrences": [ATTESTED]}) if occurrences is None else occurrences,
    )


def test_a_project_is_read_from_what_the_apis_answer():
    deployment = Deployment(image=str(IMAGE))
    assert admission.admit(deployment, read()).admitted
    assert not admission.admit(deployment, read(occurrences="{}")).admitted
    assert not admission.admit(deployment, read(attestors="{}")).admitted


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"policy_of": ""}, "no JSON"),
        ({"policy_of": "{}"}, "defaultAdmissionRule: Field required"),
        ({"policy_of": json.dumps(policy())[:-1] + ', "etag": "1", "etag": "2"}'}, "key is there"),
        ({"attestors": '{"attestors": [{}]}'}, "Attestor, name"),
        ({"attestors": json.dumps({"attestors": [attestor(), attestor()]})}, "have one name"),
        ({"attestors": "[]"}, "no JSON object"),
        ({"occurrences": '{"occurrences": {}}'}, "no list of occurrences"),
        ({"occurrences": '{"occurrences": [], "nextPageToken": "2"}'}, "a page of one"),
        ({"occurrences": '{"occurrences": [{"kind": "BUILD", "kind": "X"}]}'}, "key is there"),
        ({"occurrences": '{"occurrences": ["%s"]}' % ("x" * LARGEST_BYTES)}, "larger than"),
    ],
)
def test_nothing_is_decided_on_what_cannot_be_judged(given, reason):
    with pytest.raises(UnreadableError, match=reason):
        read(**given)


def test_one_good_signature_among_bad_ones_is_enough():
    bad = [signed(STRANGER, CONTENT), signed(SIGNER, CONTENT, key_id="?"), signed(SIGNER, b"x")]
    assert decide(occurrence(signatures=[*bad, GOOD])).admitted
    assert not decide(occurrence(signatures=bad)).admitted


def test_nobody_can_keep_an_attestation_from_counting_by_attaching_another():
    planted = [occurrence(key=STRANGER), {"kind": "ATTESTATION", "resourceUri": DIGEST}, None]
    assert decide(*planted, ATTESTED, *planted).admitted


def test_a_key_that_is_taken_from_the_attestor_counts_no_more():
    both = [public_key(SIGNER), public_key(NEWER)]
    assert decide(ATTESTED, attestors=[attestor(*both)]).admitted
    assert decide(occurrence(key=NEWER), attestors=[attestor(*both)]).admitted
    gone = decide(ATTESTED, attestors=[attestor(public_key(NEWER))])
    assert "a key that the attestor does not name" in gone.reason
    assert not gone.admitted


def test_an_attestor_without_keys_or_one_that_is_gone_is_never_satisfied():
    assert not decide(ATTESTED, attestors=[attestor()]).admitted
    gone = decide(ATTESTED, attestors=[])
    assert (gone.admitted, gone.reason) == (False, f"{NAME} is not there")


def test_every_required_attestor_has_to_have_attested():
    both = [
        attestor(public_key(SIGNER)),
        attestor(public_key(STRANGER), name=SECOND, note=SECOND_NOTE),
    ]
    needed = policy(rule(by=(NAME, SECOND)))
    second = occurrence(key=STRANGER, noteName=SECOND_NOTE)
    one = decide(ATTESTED, by=needed, attestors=both)
    assert not one.admitted
    assert SECOND in one.reason
    assert NAME not in one.reason
    assert not decide(second, by=needed, attestors=both).admitted
    assert decide(ATTESTED, second, by=needed, attestors=both).admitted


@pytest.mark.parametrize(
    "image",
    [
        IMAGE.repository,
        f"{IMAGE.repository}:latest",
        f"{IMAGE.repository}:v1@{DIGEST}",
        f"{IMAGE.repository}@{DIGEST[:-1]}",
        f"{IMAGE.repository}@{DIGEST}\n",
        f"{IMAGE.repository}@{DIGEST.upper()}",
        "",
    ],
)
def test_what_names_no_digest_is_refused(image):
    assert not decide(ATTESTED, image=image).admitted


@pytest.mark.parametrize(("mode", "admitted"), [("ALWAYS_ALLOW", True), ("ALWAYS_DENY", False)])
def test_a_rule_can_answer_for_all(mode, admitted):
    assert decide(by=policy(rule(mode))).admitted is admitted
    assert decide(ATTESTED, by=policy(rule(mode))).admitted is admitted


def test_a_wide_pattern_lets_everything_through():
    """Which is why the planned policy has none, as tests/local/binary_authorization shows."""
    exempt = policy(rule("ALWAYS_DENY"), patterns=[f"{IMAGE.repository.partition('/')[0]}/**"])
    assert decide(by=exempt).admitted
    assert not decide(by=exempt, image=f"elsewhere.example/x@{DIGEST}").admitted


def test_a_rule_of_a_cluster_counts_in_it_alone():
    rules = policy(clusterAdmissionRules={"europe-west1.x": rule("ALWAYS_ALLOW")})
    assert decide(by=rules, cluster="europe-west1.x").admitted
    assert not decide(by=rules).admitted


def test_a_dry_run_admits_and_says_loudly_what_it_would_have_refused(caplog):
    dry = policy(rule(enforced="DRYRUN_AUDIT_LOG_ONLY"))
    decision = decide(by=dry)
    assert decision.admitted
    (record,) = caplog.records
    assert record.levelno == logging.WARNING
    assert "DRY RUN: no valid attestation" in record.getMessage()
    assert str(IMAGE) in record.getMessage()
    caplog.clear()
    assert decide(ATTESTED, by=dry).alarm == ""
    assert not caplog.records


@pytest.mark.parametrize("found", [(), (ATTESTED,)], ids=["unattested", "attested"])
def test_breakglass_admits_and_is_loud_whatever_the_policy_says(found, caplog):
    decision = decide(*found, breakglass_justification="pager 4711\n\x1b[2J")
    assert decision.admitted
    (record,) = caplog.records
    assert record.levelno == logging.WARNING
    assert "BREAKGLASS: pager 4711??[2J" in record.getMessage().replace("\n", "?")
    assert "\x1b" not in record.getMessage()


def test_breakglass_without_a_justification_is_none(caplog):
    assert not decide(breakglass_justification=" \n").admitted
    assert not caplog.records


def test_an_admission_that_is_regular_or_refused_is_not_loud(caplog):
    decide(ATTESTED)
    decide()
    assert not caplog.records


def test_reasons_direct_no_terminal_and_do_not_grow_with_what_is_attached():
    planted = [occurrence(noteName=f"\x1b[2J{number}") for number in range(1000)]
    reason = decide(*planted).reason
    assert reason.isprintable()
    assert len(reason) < 1000


@given(at=st.integers(min_value=0), bit=st.integers(0, 7), part=st.sampled_from(["p", "s"]))
def test_no_bit_of_payload_or_signature_can_be_turned(at, bit, part):
    signature = SIGNER.sign(CONTENT)
    spoiled = bytearray(CONTENT if part == "p" else signature)
    spoiled[at % len(spoiled)] ^= 1 << bit
    content, given_signature = (spoiled, signature) if part == "p" else (CONTENT, spoiled)
    held = {"signature": encode(bytes(given_signature)), "publicKeyId": KEY}
    assert not decide(occurrence(bytes(content), signatures=[held])).admitted
