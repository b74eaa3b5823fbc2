"""Echoes data from fd 3, waiting with Trio."""

import os

import trio

FD = 3


async def main():
    while True:
        await trio.lowlevel.wait_readable(FD)
        data = os.read(FD, 64)
        if not data:
            break
        os.write(FD, data)


trio.run(main)
