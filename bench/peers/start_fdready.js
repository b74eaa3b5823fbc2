// A program that waits once for readable standard input, with the package as users install it.

import { waitReadable } from "@fdready/fdready";

await waitReadable(0);
