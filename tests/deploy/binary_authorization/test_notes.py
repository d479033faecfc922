"""What hangs on a note is read to its end, and what has no end is refused."""

import pytest

from deploy.binary_authorization.notes import PAGES, Notes
from deploy.google import Google, GoogleError
from local.binary_authorization.service import Service
from local.serving import serving
from tests.deploy.binary_authorization.attestations import (
    DIGEST,
    IMAGE,
    NOTE,
    OTHER_DIGEST,
    answering,
    occurrence,
)


def attached(endpoint, token):
    return list(Notes(Google(token, endpoint)).attached(NOTE, IMAGE))


def test_every_page_is_read_and_nothing_of_another_image_or_note():
    ours = [occurrence(name=str(number)) for number in range(5)]
    others = [
        occurrence(noteName=f"{NOTE}-2"),
        occurrence(resourceUri=f"https://{IMAGE.repository}@{OTHER_DIGEST}"),
        occurrence(resourceUri=f"https://elsewhere.example/data-api@{DIGEST}"),
    ]
    service = Service(occurrences=[*ours, *others], page_size=2)
    with serving(service.application()) as url:
        assert attached(f"{url}/{{service}}", service.token) == ours


def test_a_list_without_an_end_is_refused():
    with answering({"nextPageToken": "again"}) as (endpoint, seen):
        with pytest.raises(GoogleError, match="look who attaches them"):
            attached(endpoint, "any")
        assert len(seen) == PAGES


@pytest.mark.parametrize("found", [{}, "x", 1, [None], [[]], ["x"]])
def test_what_is_no_list_of_occurrences_is_refused(found):
    refused = pytest.raises(GoogleError, match="no list of occurrences")
    with answering({"occurrences": found}) as (endpoint, _), refused:
        attached(endpoint, "any")


def test_an_empty_list_is_left_out_of_an_answer():
    with answering({}) as (endpoint, _):
        assert attached(endpoint, "any") == []
