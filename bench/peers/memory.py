"""The memory of a pending wait, in bytes."""

import gc
import os
import tracemalloc

WARM_UP = 10


def descriptors(count):
    """Descriptors of a pipe that isn't readable, `count` of them."""
    end, _ = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    return [os.dup(end) for _ in range(count)]


def resident_bytes():
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


async def measure(fds, pending):
    """`pending(fds)` is an async context manager in which a task waits for each of `fds`."""
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
