/** docs/exclusive.md. */

import type { Verdict } from "./claims.ts";

interface Findings {
  readonly where: string;
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
  readonly claims: readonly Verdict[];
}

/** The page: what was measured, what it says of the claims, and what follows for programs. */
export function document({ where, header, rows, claims }: Findings): string {
  return `# EPOLLEXCLUSIVE: sharing a listening socket

Written by \`deno task experiment:exclusive\`, with the figures of its last run: ${where}.

Each Worker has an epoll instance of its own, in which the one listening TCP socket is registered.
"Plain" and "EPOLLEXCLUSIVE" Workers block in \`epoll_wait\` themselves, so that what is measured is
the kernel's doing; "ExclusiveWaiter" is this library's class. Whoever is woken accepts until
\`EAGAIN\` and closes the connections. A wakeup is a return from \`epoll_wait\`, or of the library's
\`wait()\`. Context switches are those of the Workers' own threads, by
\`/proc/self/task/*/status\`; those of the thread that blocks for an ExclusiveWaiter aren't among
them, nor is calling the Workers away to be busy: that is measured by itself, about 8 for each
connection, and subtracted, so there only large differences mean anything. Workers are in the order in which they registered.

${markdownTable(header, rows)}

## Claims

${
    claims.map(({ claim, verdict, figures }) => `- **${verdict}**: ${claim}. ${capital(figures)}.`)
      .join("\n")
  }

## What it means for programs

- Accept until \`EAGAIN\` after every wakeup: \`acceptAll\`. One wakeup may stand for any number of
  connections, and a wakeup may find that others were quicker.
- Exclusive wakeups don't balance. With little to do one Worker does it all; the next in line gets
  work when the first isn't waiting.
- What comes while everybody is busy is noted by everybody, and the first to wait again gets it.
- Exclusivity is for who is blocked in \`epoll_wait\` on the instance that holds the registration.
  \`poll\` on that instance, or another instance around it, loses it. So an ExclusiveWaiter has a thread
  that blocks there while a wait is pending, and only then.

## When a waiter doesn't act on its wakeup

The kernel passes an event on once. If the one that was woken does nothing about it, the others sleep
on until the next connection comes, in level-triggered mode too, since their instances have not been
told. This is what the library does about it, in both modes:

| What happens                                            | The connection                                                         |
| ------------------------------------------------------- | ---------------------------------------------------------------------- |
| the wait is aborted, the wakeup had come                | resolves the next \`wait()\` of the same waiter at once                  |
| the wait is aborted and nobody waits on this one again  | is noticed by another waiter within its round, about a second          |
| \`close()\` while waiting, the wakeup had come            | resolves the wait that was pending; accept, the next \`wait()\` rejects  |
| a Worker is terminated while waiting                    | goes to others once its thread is out, at the end of its round         |
| a Worker is terminated just after it was woken          | is noticed by another waiter within its round                          |
| a Worker waits, but is kept busy by something else      | is noticed by another waiter within its round                          |
| a process is killed                                     | goes to others at once; if it had been woken, as above                 |
| any of these, and a further connection comes            | is accepted together with that one                                     |

A round is the second after which a thread that has been blocked all the time returns and the waiter
looks at the socket itself. It costs an idle Worker one wakeup a second. The thread of a terminated
Worker stays for the rest of its round.

The thread passes no buffer to \`epoll_wait\`. The kernel wakes it, fails to deliver (\`EFAULT\`) and keeps
the event, so that nothing is harvested behind the program's back: an edge that came too early or too
late for a wait is still there for the next one.
`;
}

function markdownTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  const rule = header.map((_, column) => column < 3 ? "---" : "--:");
  return [line(header), line(rule), ...rows.map(line)].join("\n");
}

function capital(text: string): string {
  return text[0]!.toUpperCase() + text.slice(1);
}
