/** Describes the machine of a measurement. */

/** Its processor, the number of cores, and its system as `Linux VERSION ARCHITECTURE`. */
export interface Host {
  readonly cpu: string;
  readonly cpus: number;
  readonly kernel: string;
}

/**
 * Returns for example "a virtual machine with 2 cores of an AMD EPYC under Firecracker, Linux
 * 6.18.44". Nothing identifies the machine or its owner.
 */
export function describeHost({ cpu, cpus, kernel }: Host): string {
  const [, version = kernel, suffix = ""] = /^(Linux [\d.]+)(\S*)/.exec(kernel) ?? [];
  const cores = `${cpus} cores of an ${cpu}`;
  // Firecracker's guest kernels have this in their names.
  const isFirecracker = /-fc-/.test(suffix);
  return `${
    isFirecracker ? `a virtual machine with ${cores} under Firecracker` : `a machine with ${cores}`
  }, ${version}`;
}
