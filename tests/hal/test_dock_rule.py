"""The agency's words for the dock."""

import pytest

from hal.dock.rule import DockRule, Mode, Sense, Term
from hal.errors import HardwareError


def test_every_word_is_understood() -> None:
    rule = DockRule.parse(["charger", "carrier:eth0", "udc", "udc:fe980000.usb", "gpio"], "all")
    assert rule == DockRule(
        (Term(Sense.CHARGER), Term(Sense.CARRIER, "eth0"), Term(Sense.UDC), Term(Sense.UDC, "fe980000.usb"), Term(Sense.GPIO)), Mode.ALL
    )
    assert DockRule.parse(["charger", "gpio"]).mode is Mode.ALL, "to miss a dock costs less than to see one on the street"


@pytest.mark.parametrize(
    ("words", "mode", "why"),
    [
        ([], "any", "the rule is empty: write charger, carrier:INTERFACE, udc, udc:NAME or gpio"),
        (["charger", "Charger"], "any", "'Charger' is unknown in the rule: write charger,"),
        (["cradle:1"], "any", "'cradle:1' is unknown in the rule: write charger,"),
        ([""], "any", "'' is unknown in the rule"),
        (["carrier"], "any", "'carrier' needs a name after a colon, as /sys lists it: write charger, carrier:INTERFACE"),
        (["carrier:"], "any", "'carrier:' needs a name"),
        (["carrier:../lo"], "any", "'carrier:../lo' needs a name"),
        (["carrier:.."], "any", "'carrier:..' needs a name"),
        (["carrier:eth 0"], "any", "'carrier:eth 0' needs a name"),
        (["udc:a\n"], "any", r"'udc:a\\n' needs a name"),
        (["udc:"], "any", "'udc:' needs a name"),
        (["charger:"], "any", "'charger:' takes no name"),
        (["gpio:17"], "any", "'gpio:17' takes no name"),
        (["charger"], "both", "mode 'both' is unknown: write any or all"),
    ],
)
def test_what_is_wrong_is_named_with_what_is_possible(words: list[str], mode: str, why: str) -> None:
    with pytest.raises(HardwareError, match=f"dock: {why}"):
        DockRule.parse(words, mode)


@pytest.mark.parametrize(
    ("mode", "charger", "carrier", "docked"),
    [
        ("any", False, False, False),
        ("any", True, False, True),
        ("any", False, True, True),
        ("all", True, False, False),
        ("all", False, True, False),
        ("all", True, True, True),
    ],
)
def test_any_takes_one_and_all_takes_each(mode: str, charger: bool, carrier: bool, docked: bool) -> None:
    levels = {Term(Sense.CHARGER): charger, Term(Sense.CARRIER, "eth0"): carrier}
    asked: list[Term] = []

    def sensed(term: Term) -> bool:
        asked.append(term)
        return levels[term]

    assert DockRule.parse(["charger", "carrier:eth0"], mode).fulfilled(sensed) is docked
    assert asked == list(levels)
