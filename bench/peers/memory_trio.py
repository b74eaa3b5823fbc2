"""The memory of pending waits in Trio. The argument is their number."""

import contextlib
import json
import sys

import trio
import trio.testing

import memory


@contextlib.asynccontextmanager
async def pending(fds):
    async with trio.open_nursery() as nursery:
        for fd in fds:
            nursery.start_soon(trio.lowlevel.wait_readable, fd)
        await trio.testing.wait_all_tasks_blocked()
        yield
        nursery.cancel_scope.cancel()


async def main():
    fds = memory.descriptors(int(sys.argv[1]))
    print(json.dumps(await memory.measure(fds, pending)))


trio.run(main)
