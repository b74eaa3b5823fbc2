"""How much memory a pending wait takes, in bytes, whatever waits."""

import gc
import os
import tracemalloc

WARM_UP = 10


def descriptors(count):
    """Ends of one pipe, nothing to read: as many descriptors as wanted, for one each."""
    end, _ = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    return [os.dup(end) for _ in range(count)]


def resident_bytes():
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


async def measure(fds, pending):
    """`pending(fds)` is an async context manager: inside, each of `fds` is waited for by a task."""
    async with pending(fds[:WARM_UP]):
        pass
    # The resident memory goes first: the heap can be watched only at a price in memory of its own.
    gc.collect()
    before = resident_bytes()
    async with pending(fds):
        gc.collect()
        resident = resident_bytes() - before
    gc.collect()
    tracemalloc.start()
    async with pending(fds):
        gc.collect()
        heap, _ = tracemalloc.get_traced_memory()
    return {"heap": heap / len(fds), "resident": resident / len(fds)}
