"""What one job leaves for the next is read strictly."""

import json

import pytest

from deploy.jobs import build, handover
from deploy.reference import RefusedError
from images.build import Built
from rehearsal.deployment.images import layout


class Image:
    def __init__(self, folder):
        self.folder = folder


def built(folder, name):
    digest = layout(folder / name, name.encode())
    for kind in ("bill", "provenance", "scan"):
        (folder / f"{name}.{kind}").write_text(json.dumps({kind: name}), "utf-8")
    made = Built(Image(folder / name), folder / f"{name}.bill", folder / f"{name}.provenance")
    return made, folder / f"{name}.scan", digest


def test_images_and_what_is_said_of_them_are_laid_out(tmp_path):
    made = {name: built(tmp_path, name) for name in ("api", "function")}
    (tmp_path / handover.FOLDER).mkdir(parents=True)
    (tmp_path / handover.FOLDER / "older").touch()
    for _ in range(2):
        build.lay_out(
            {name: each[0] for name, each in made.items()},
            {name: each[1] for name, each in made.items()},
            tmp_path,
        )
    assert {name: handover.digest(name, tmp_path) for name in made} == {
        name: each[2] for name, each in made.items()
    }
    assert handover.read(handover.documents("api", tmp_path).scan) == {"scan": "api"}
    assert {path.name for path in (tmp_path / handover.FOLDER).iterdir()} == {"images", "documents"}


@pytest.mark.parametrize(
    "index",
    ["", "[]", "{}", '{"manifests": []}', '{"manifests": [{}]}', '{"manifests": [{}, {}]}'],
    ids=range(6),
)
def test_a_layout_of_none_or_two_images_is_refused(index, tmp_path):
    folder = handover.layout("api", tmp_path)
    folder.mkdir(parents=True)
    (folder / "index.json").write_text(index, "utf-8")
    with pytest.raises(RefusedError):
        handover.digest("api", tmp_path)
