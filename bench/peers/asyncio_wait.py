"""Waits for any descriptor in asyncio, which has callbacks for that but no coroutine."""

import asyncio


async def wait_readable(fd):
    loop = asyncio.get_running_loop()
    readable = loop.create_future()
    loop.add_reader(fd, readable.set_result, None)
    try:
        await readable
    finally:
        loop.remove_reader(fd)
