"""The local issuer: tokens in Google's shape, keys that rotate and stay known for one round."""

import jwt
import pytest
import requests

from local.issuer import ISSUER, Issuer


def verify(issuer, token):
    """Verify as anybody would who knows the published key set alone."""
    key_set = jwt.PyJWKSet.from_dict(issuer.key_set())
    key = key_set[jwt.get_unverified_header(token)["kid"]]
    return jwt.decode(token, key, algorithms=["RS256"], audience="a", issuer=ISSUER)


def test_a_token_is_signed_for_real():
    issuer = Issuer()
    claims = verify(issuer, issuer.mint("x@y.z", "a"))
    assert (claims["email"], claims["email_verified"], claims["azp"]) == ("x@y.z", True, "x@y.z")
    assert claims["exp"] - claims["iat"] == 3600


def test_two_accounts_have_two_subjects():
    issuer = Issuer()
    subjects = {
        verify(issuer, issuer.mint(email, "a"))["sub"]
        for email in ("reader@p.iam.gserviceaccount.com", "readers@p.iam.gserviceaccount.com")
    }
    assert len(subjects) == 2


def test_a_claim_can_be_replaced_or_left_out():
    issuer = Issuer()
    token = issuer.mint("x@y.z", "a", email_verified=False, azp=None)
    claims = verify(issuer, token)
    assert claims["email_verified"] is False
    assert "azp" not in claims


def test_after_a_rotation_the_key_before_is_still_published_and_the_one_before_is_not():
    issuer = Issuer()
    oldest = issuer.mint("x@y.z", "a")
    issuer.rotate()
    older = issuer.mint("x@y.z", "a")
    issuer.rotate()
    newest = issuer.mint("x@y.z", "a")
    assert verify(issuer, older)
    assert verify(issuer, newest)
    with pytest.raises(KeyError):
        verify(issuer, oldest)


def test_it_publishes_no_private_key():
    for key in Issuer().key_set()["keys"]:
        assert set(key) == {"kty", "key_ops", "n", "e", "kid", "alg", "use"}


def test_it_is_served_with_a_lifetime(token_issuer):
    answer = requests.get(token_issuer.keys_url, timeout=5)
    assert answer.headers["Cache-Control"] == "public, max-age=300"
    assert answer.json() == token_issuer.issuer.key_set()
    wanted = {"email": "x@y.z", "audience": "a"}
    minted = requests.post(f"{token_issuer.url}/mint", json=wanted, timeout=5).json()
    assert verify(token_issuer.issuer, minted["id_token"])["email"] == "x@y.z"
