"""What the tests of both services share: an issuer of real tokens, and a patient Hypothesis."""

import json

import pytest
from hypothesis import settings

from local.issuer import Issuer
from servicekit.keys import SigningKeys

# How long an example takes says more about the machine than about the product. A change is judged
# without chance, as far as Hypothesis can: it still mixes in constants of whatever modules were
# imported before. `make test-search` looks for new examples.
settings.register_profile("same", deadline=None, derandomize=True)
settings.register_profile("search", deadline=None, max_examples=3000, print_blob=True)
settings.load_profile("same")


@pytest.fixture(scope="session")
def issuer():
    """One issuer for the whole run; whoever rotates its keys makes one of their own."""
    return Issuer()


@pytest.fixture
def signing_keys(issuer):
    """The issuer's keys as a service has them, without a network between."""
    return SigningKeys("https://keys.test/", lambda _: (json.dumps(issuer.key_set()).encode(), ""))
