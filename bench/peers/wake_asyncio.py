"""A thread wakes asyncio's event loop with call_soon_threadsafe.

The argument is the number of wakeups.
"""

import asyncio
import json
import sys
import threading
import time

WAKEUPS = int(sys.argv[1])
returns = 0
per_call = 0.0


def on_wakeup():
    global returns
    returns += 1


def produce(loop, done):
    global per_call
    start = time.perf_counter()
    for _ in range(WAKEUPS):
        loop.call_soon_threadsafe(on_wakeup)
    per_call = (time.perf_counter() - start) * 1e9 / WAKEUPS
    loop.call_soon_threadsafe(done.set)


async def main():
    done = asyncio.Event()
    start = time.perf_counter()
    thread = threading.Thread(target=produce, args=(asyncio.get_running_loop(), done))
    thread.start()
    await done.wait()
    per_wakeup = (time.perf_counter() - start) * 1e9 / WAKEUPS
    thread.join()
    print(json.dumps({"perCall": per_call, "perWakeup": per_wakeup, "returns": returns}))


asyncio.run(main())
