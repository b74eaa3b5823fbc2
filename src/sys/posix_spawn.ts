/**
 * posix_spawn(3): starting a program in one call. A fork(2) is impossible from JavaScript, since
 * the copy of the process would have one of its many threads.
 *
 * The child inherits what the parent ignores or blocks. Deno ignores SIGPIPE, Bun SIGPIPE and
 * SIGXFSZ, and a program that expects to die of them would run on. So all signals are reset. The
 * set has to be complete: glibc sets the signals that it uses itself, 32 and 33, to be ignored if
 * they are left out.
 */

import { keepAlive, locate } from "../ffi/c_memory.ts";
import { ENOSYS, F_GETFD, FD_CLOEXEC } from "../ffi/constants.ts";
import { systemError } from "../ffi/errors.ts";
import { bindIfPresent, bindSymbols, libc } from "../ffi/libc.ts";
import {
  type Functions,
  spawnCloseSymbols,
  spawnDirectorySymbols,
  spawnSymbols,
} from "../ffi/symbols.ts";
import { UnsupportedPlatformError } from "../runtime/errors.ts";
import { readText } from "./proc.ts";

// The same in glibc and musl, on all architectures. spawn.h
const POSIX_SPAWN_SETSIGDEF = 0x04;
const POSIX_SPAWN_SETSIGMASK = 0x08;
const POSIX_SPAWN_SETSID = 0x80;

/** More than sizeof(posix_spawnattr_t), 336, and sizeof(posix_spawn_file_actions_t), 80. */
const roomForObject = 512;

/** sizeof(sigset_t) */
const sigsetSize = 128;

const sizeOfPointer = 8;

/** How the child's descriptor `fd` is made or closed. */
export type FileAction =
  | { readonly fd: number; readonly from: number }
  | { readonly fd: number; readonly path: Uint8Array; readonly flags: number }
  | { readonly fd: number };

/** A program to start. Texts end with a NUL. */
export interface Program {
  readonly path: Uint8Array;
  /** The arguments, the program's own name first. */
  readonly args: readonly Uint8Array[];
  /** The environment, each as `NAME=value`. */
  readonly env: readonly Uint8Array[];
  /** The directory to run in. */
  readonly directory?: Uint8Array | undefined;
  /** What is done with descriptors, in this order. A new session, if any, comes before. */
  readonly actions: readonly FileAction[];
  /** The child has no descriptors from this number on. */
  readonly closeFrom: number;
  readonly setsid: boolean;
}

/** Starts `program`. Returns its pid, or a negated errno if the child failed to start it. */
export function posixSpawn(program: Program): number {
  const functions = bindSymbols(spawnSymbols);
  const actions = new Uint8Array(new ArrayBuffer(roomForObject));
  const attributes = new Uint8Array(new ArrayBuffer(roomForObject));
  call("posix_spawn_file_actions_init", functions.posix_spawn_file_actions_init(actions));
  try {
    call("posix_spawnattr_init", functions.posix_spawnattr_init(attributes));
    try {
      setAttributes(functions, attributes, program.setsid);
      for (const action of program.actions) addAction(functions, actions, action);
      if (program.directory !== undefined) addDirectory(actions, program.directory);
      addCloseFrom(functions, actions, program.closeFrom);
      return start(functions, program, actions, attributes);
    } finally {
      functions.posix_spawnattr_destroy(attributes);
    }
  } finally {
    functions.posix_spawn_file_actions_destroy(actions);
  }
}

type SpawnFunctions = Functions<typeof spawnSymbols>;

function start(
  { posix_spawn }: SpawnFunctions,
  { path, args, env }: Program,
  actions: Uint8Array,
  attributes: Uint8Array,
): number {
  const pid = new Int32Array(1);
  const argv = pointersTo(args);
  const envp = pointersTo(env);
  const errno = keepAlive(
    [argv, envp],
    () => posix_spawn(pid, path, actions, attributes, argv, envp),
  );
  return errno === 0 ? pid[0]! : -errno;
}

function setAttributes(
  functions: SpawnFunctions,
  attributes: Uint8Array,
  setsid: boolean,
): void {
  const flags = POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | (setsid ? POSIX_SPAWN_SETSID : 0);
  call("posix_spawnattr_setflags", functions.posix_spawnattr_setflags(attributes, flags));
  const all = new Uint8Array(sigsetSize).fill(0xff);
  call("posix_spawnattr_setsigdefault", functions.posix_spawnattr_setsigdefault(attributes, all));
  const none = new Uint8Array(sigsetSize);
  call("posix_spawnattr_setsigmask", functions.posix_spawnattr_setsigmask(attributes, none));
}

function addAction(functions: SpawnFunctions, actions: Uint8Array, action: FileAction): void {
  const { fd } = action;
  if ("from" in action) {
    const result = functions.posix_spawn_file_actions_adddup2(actions, action.from, fd);
    call("posix_spawn_file_actions_adddup2", result);
  } else if ("path" in action) {
    const { path, flags } = action;
    const result = functions.posix_spawn_file_actions_addopen(actions, fd, path, flags, 0);
    call("posix_spawn_file_actions_addopen", result);
  } else {
    const result = functions.posix_spawn_file_actions_addclose(actions, fd);
    call("posix_spawn_file_actions_addclose", result);
  }
}

function addDirectory(actions: Uint8Array, directory: Uint8Array): void {
  const functions = bindIfPresent(spawnDirectorySymbols);
  if (functions === undefined) {
    throw new UnsupportedPlatformError(
      "This C library cannot start a program in another directory: glibc can from 2.29 on",
    );
  }
  call(
    "posix_spawn_file_actions_addchdir_np",
    functions.posix_spawn_file_actions_addchdir_np(actions, directory),
  );
}

/**
 * Closes what other libraries have opened without close-on-exec. All of fdready's own have that
 * flag.
 */
function addCloseFrom(functions: SpawnFunctions, actions: Uint8Array, first: number): void {
  const closeFrom = bindIfPresent(spawnCloseSymbols)?.posix_spawn_file_actions_addclosefrom_np;
  const errno = closeFrom?.(actions, first) ?? ENOSYS;
  if (errno !== ENOSYS) return call("posix_spawn_file_actions_addclosefrom_np", errno);
  for (const fd of inheritedFrom(first)) addAction(functions, actions, { fd });
}

/** The descriptors from `first` on that a program would inherit. */
function inheritedFrom(first: number): number[] {
  const { fcntl } = libc();
  const found: number[] = [];
  for (let fd = first, end = tableSize(); fd < end; fd++) {
    const flags = fcntl(fd, F_GETFD, 0);
    if (flags !== -1 && (flags & FD_CLOEXEC) === 0) found.push(fd);
  }
  return found;
}

/** No descriptor has this number or a higher one. proc(5) */
function tableSize(): number {
  const withoutProc = 65536;
  try {
    return Number(/^FDSize:\s*(\d+)/m.exec(readText("/proc/self/status"))?.[1] ?? withoutProc);
  } catch {
    return withoutProc;
  }
}

/** `char *[]` with a null pointer at its end, followed by the texts themselves. */
function pointersTo(texts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const start = (texts.length + 1) * sizeOfPointer;
  const size = texts.reduce((sum, { length }) => sum + length, start);
  const block = new Uint8Array(new ArrayBuffer(size));
  const pointers = new BigUint64Array(block.buffer, 0, texts.length + 1);
  let at = start;
  let address = locate(block) + BigInt(start);
  texts.forEach((text, index) => {
    pointers[index] = address;
    block.set(text, at);
    at += text.length;
    address += BigInt(text.length);
  });
  return block;
}

function call(name: string, errno: number): void {
  if (errno !== 0) throw systemError(errno, name);
}
