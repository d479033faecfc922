"""A figure is the same bytes each time, its words are text, and nobody else's style changes."""

import matplotlib as mpl
from matplotlib.figure import Figure

from monitoring import svg


def figure():
    drawn = Figure()
    drawn.subplots().plot([1, 2], label="a line")
    drawn.legend()
    return drawn


def test_the_same_figure_gives_the_same_bytes_with_its_words_as_text():
    found = svg.written(figure())
    assert found == svg.written(figure())
    assert b">a line</text>" in found
    assert b"<dc:date>" not in found


def test_the_style_of_others_is_left_alone():
    before = dict(mpl.rcParams)
    svg.written(figure())
    assert dict(mpl.rcParams) == before
    assert mpl.rcParams["svg.fonttype"] == mpl.rcParamsDefault["svg.fonttype"]
