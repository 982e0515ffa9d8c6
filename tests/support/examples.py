"""How many examples Hypothesis draws, by the profile in force."""

from hypothesis import settings


def examples(times: float = 1.0) -> int:
    """So many times what the profile says, at least one."""
    default = settings.default
    assert default is not None
    return max(1, round(times * default.max_examples))
