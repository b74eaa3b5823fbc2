"""Echoes data from fd 3, waiting with the standard library's selectors."""

import os
import selectors

FD = 3

with selectors.DefaultSelector() as selector:
    selector.register(FD, selectors.EVENT_READ)
    while True:
        selector.select()
        data = os.read(FD, 64)
        if not data:
            break
        os.write(FD, data)
