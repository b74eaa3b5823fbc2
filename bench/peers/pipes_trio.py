"""The pipes workload with Trio, with a task for each pipe.

The arguments are the numbers of pipes, active ones, writes and runs.
"""

import json
import os
import sys
import time

import trio
import trio.testing

PIPES, ACTIVE, WRITES, RUNS = map(int, sys.argv[1:])


class Workload:
    def __init__(self):
        self.pipes = [os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC) for _ in range(PIPES)]
        self.writes_left = self.written = self.seen = 0

    def write(self, index):
        os.write(self.pipes[index % PIPES][1], b"e")
        self.written += 1

    async def read(self, index):
        fd = self.pipes[index][0]
        while True:
            await trio.lowlevel.wait_readable(fd)
            os.read(fd, 1)
            self.seen += 1
            if self.writes_left > 0:
                self.writes_left -= 1
                self.write(index + 1)
            elif self.seen == self.written:
                self.finished.set()

    async def run(self):
        """The time of an event, in µs."""
        self.finished = trio.Event()
        self.written = self.seen = 0
        self.writes_left = WRITES
        for i in range(ACTIVE):
            self.write(i * (PIPES // ACTIVE))
        start = time.perf_counter()
        await self.finished.wait()
        return (time.perf_counter() - start) * 1e6 / self.seen


async def main():
    workload = Workload()
    async with trio.open_nursery() as nursery:
        for index in range(PIPES):
            nursery.start_soon(workload.read, index)
        await trio.testing.wait_all_tasks_blocked()
        print(json.dumps({"runs": [await workload.run() for _ in range(RUNS)]}))
        nursery.cancel_scope.cancel()


trio.run(main)
