"""Which controls of a label config get pre-labels."""

import pytest

from ls_expert_plugin.ml_backend.label_config.parser import read_controls


def _config(inner: str) -> str:
    return f'<View><Text name="a" value="$first"/><Text name="b" value="$second"/>{inner}</View>'


def test_supported_controls_are_read_with_their_fields_labels_and_hints() -> None:
    """Choices, labels, ratings and comparisons are understood, in the order of the config."""
    controls = read_controls(_config(
        '<Choices name="kind" toName="a"><Choice value="Yes" hint="it does"/><Choice value="No" alias="N"/></Choices>'
        '<View><Labels name="span" toName="b"><Label value="X"/></Labels></View>'
        '<Rating name="stars" toName="a" maxRating="3"/><Pairwise name="better" toName="b,a"/>'
    ))
    assert [(c.name, c.kind, c.to_name, c.data_keys, c.labels) for c in controls] == [
        ("kind", "choices", ("a",), ("first",), ("N", "Yes")),
        ("span", "labels", ("b",), ("second",), ("X",)),
        ("stars", "rating", ("a",), ("first",), ("1", "2", "3")),
        ("better", "pairwise", ("b", "a"), ("second", "first"), ("left", "right")),
    ]
    assert controls[0].hints == {"Yes": "it does"}


@pytest.mark.parametrize("inner", [
    '<Choices name="c" toName="a" perRegion="true"><Choice value="x"/></Choices>',
    '<Choices name="c" toName="a"><Choice value="x"/><Choice value="x"/></Choices>',
    '<Choices name="c" toName="nowhere"><Choice value="x"/></Choices>',
    '<Labels name="c" toName="a"/>',
    '<Rating name="c" toName="a" maxRating="many"/>',
    '<Pairwise name="c" toName="a,a"/>',
    '<Pairwise name="c" toName="a"/>',
    '<Text name="url" value="$first" valueType="url"/><Rating name="c" toName="url"/>',
    '<Text name="mix" value="Dear $first"/><Rating name="c" toName="mix"/>',
])
def test_what_we_cannot_answer_is_left_out(inner: str) -> None:
    """A control that we would answer wrongly gets no answer, and the others still do."""
    assert [control.name for control in read_controls(_config(inner + '<Rating name="ok" toName="a"/>'))] == ["ok"]


@pytest.mark.parametrize("config", [
    "", "<View>", "no xml", '<View encoding="\0"/>',
    '<!DOCTYPE v [<!ENTITY a "aaaaaaaaaa">]><View><Text name="a" value="$first"/><Rating name="c" toName="a"/></View>',
    "<View>" * 50_000,
])
def test_a_config_that_cannot_be_read_has_no_controls(config: str) -> None:
    """Broken XML means no pre-labels, not an error."""
    assert read_controls(config) == ()


def test_two_controls_are_the_same_whatever_the_order_of_labels_and_the_wording_of_hints() -> None:
    """Rearranging labels or explaining them better does not throw away what was learnt; another label does."""
    first, same, other = (
        read_controls(_config(f'<Choices name="c" toName="a">{choices}</Choices>'))[0]
        for choices in ('<Choice value="x"/><Choice value="y"/>', '<Choice value="y" hint="why"/><Choice value="x"/>',
                        '<Choice value="x"/><Choice value="z"/>')
    )
    assert first == same and hash(first) == hash(same)
    assert first != other
