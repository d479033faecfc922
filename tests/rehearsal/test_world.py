"""The folder that stands for the cloud."""

from concurrent.futures import ThreadPoolExecutor

from rehearsal.world import World

LONG = "projects/p/" + "x" * 500


def test_what_is_put_is_there_until_it_is_removed(tmp_path):
    world = World(tmp_path / "new")
    assert world.get("google_a", LONG) is None
    world.put("google_a", LONG, {"id": LONG, "n": 1})
    assert world.get("google_a", LONG) == {"id": LONG, "n": 1}
    assert world.get("google_b", LONG) is None
    assert [record["values"]["n"] for record in world.records("google_a")] == [1]
    assert list(world.records("google_b")) == []
    world.remove("google_a", LONG)
    assert world.get("google_a", LONG) is None
    assert list(world.records()) == []


def test_a_name_that_stays_taken_is_not_there_and_not_free(tmp_path):
    world = World(tmp_path)
    world.put("google_kms_key_ring", "r", {"id": "r"}, deleted=True)
    assert world.get("google_kms_key_ring", "r") is None
    assert list(world.records()) == []
    assert world.record("google_kms_key_ring", "r")["deleted"]


def test_a_type_is_not_taken_for_one_that_begins_like_it(tmp_path):
    world = World(tmp_path)
    world.put("google_pubsub_topic_iam_binding", "b", {})
    assert list(world.records("google_pubsub_topic")) == []


def test_lines_of_the_log_stay_whole_when_many_write(tmp_path):
    with ThreadPoolExecutor(8) as pool:
        for number in range(200):
            pool.submit(World(tmp_path).note, "create", "google_a", LONG, number=number)
    assert sorted(line["number"] for line in World(tmp_path).operations()) == [*range(200)]
