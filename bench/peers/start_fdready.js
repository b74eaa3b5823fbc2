// A program that waits once, by the package as users install it, for its standard input to be readable.

import { waitReadable } from "@fdready/fdready";

await waitReadable(0);
