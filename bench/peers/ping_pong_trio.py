"""Two Trio tasks send one byte back and forth. The argument is the number of round trips."""

import json
import os
import socket
import sys
import time

import trio

ROUND_TRIPS = int(sys.argv[1])


async def receive(fd):
    await trio.lowlevel.wait_readable(fd)
    os.read(fd, 1)


async def serve(fd):
    for _ in range(ROUND_TRIPS):
        os.write(fd, b"x")
        await receive(fd)


async def answer(fd):
    for _ in range(ROUND_TRIPS):
        await receive(fd)
        os.write(fd, b"x")


async def main():
    left, right = socket.socketpair()
    cpu_start = time.process_time()
    start = time.perf_counter()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(serve, left.fileno())
        nursery.start_soon(answer, right.fileno())
    elapsed = time.perf_counter() - start
    cpu = time.process_time() - cpu_start
    micros = 1e6 / ROUND_TRIPS
    print(json.dumps({"roundTrip": elapsed * micros, "cpu": cpu * micros}))


trio.run(main)
