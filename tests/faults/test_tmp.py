import time, pytest
from tests.support.builders import *
@pytest.mark.parametrize("n", range(5))
def test_a(system, n):
    t=time.perf_counter()
    inv = system.create_inventory(bus())
    t2=time.perf_counter()
    hold(system, inv, "1A")
    t3=time.perf_counter()
    assert not system.fsck().violations
    t4=time.perf_counter()
    print(f"{t2-t:.3f} {t3-t2:.3f} {t4-t3:.3f}")
