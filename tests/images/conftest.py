"""Layouts that a test writes, and the engine that is on this machine."""

import pytest

from images.oci import Image
from tests.images.layouts import write_layout


@pytest.fixture
def image(tmp_path):
    """Write an image of these layers and open it."""
    return lambda *layers, **more: Image(write_layout(tmp_path / "image", *layers, **more))
