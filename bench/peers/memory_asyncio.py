"""The memory of pending waits in asyncio. The argument is their number."""

import asyncio
import contextlib
import json
import sys

import memory
from asyncio_wait import wait_readable


@contextlib.asynccontextmanager
async def pending(fds):
    tasks = [asyncio.create_task(wait_readable(fd)) for fd in fds]
    await asyncio.sleep(0)
    yield
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def main():
    fds = memory.descriptors(int(sys.argv[1]))
    print(json.dumps(await memory.measure(fds, pending)))


asyncio.run(main())
