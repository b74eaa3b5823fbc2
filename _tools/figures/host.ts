/** Describes the machine of a measurement. */

/** The machine of a benchmark, and the versions of all contenders. */
export interface Machine {
  readonly kernel: string;
  readonly cpu: string;
  readonly cpus: number;
  readonly memory: string;
  readonly versions: Readonly<Record<string, string>>;
}

/** The processor, the number of cores, and the system as `Linux VERSION ARCHITECTURE`. */
type Host = Pick<Machine, "cpu" | "cpus" | "kernel">;

/**
 * Returns for example "a virtual machine with 2 cores of an AMD EPYC under Firecracker, Linux
 * 6.18.44". Nothing identifies the machine or its owner.
 */
export function describeHost({ cpu, cpus, kernel }: Host): string {
  const [, version = kernel, suffix = ""] = /^(Linux [\d.]+)(\S*)/.exec(kernel) ?? [];
  const cores = `${cpus} cores of an ${cpu}`;
  // Firecracker's guest kernels have this in their names.
  const machine = /-fc-/.test(suffix)
    ? `a virtual machine with ${cores} under Firecracker`
    : `a machine with ${cores}`;
  return `${machine}, ${version}`;
}
