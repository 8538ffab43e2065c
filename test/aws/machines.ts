/**
 * What is on the machines: the patches they have and miss. Moto's instances are names without a disk, so the gateway
 * keeps this beside them. A patch command that went through changes it, a root volume put back undoes that.
 */

/** What time it is on the machines, in milliseconds since 1970: that of the test, which may be virtual. */
export interface Clock {
  now(): number;
}

/** A patch as Patch Manager knows it for Amazon Linux 2: it is called `name.arch`, and has a release date. */
export interface KnownPatch {
  name: string;
  arch: string;
  version: string;
  release: string;
  title: string;
  classification: string;
  severity: string;
  cves: string[];
  releasedAt: Date;
}

export interface PatchOperation {
  name: 'Scan' | 'Install';
  at: Date;
  snapshotId?: string;
  rebootOption?: string;
}

export interface Machine {
  /** When each patch was installed, by its id; a known patch that is not in here is missing. */
  installed: ReadonlyMap<string, Date>;
  operation: PatchOperation;
}

/** The id under which DescribeInstancePatches has it, as `KBId`. */
export function patchId(patch: KnownPatch): string {
  return `${patch.name}.${patch.arch}`;
}

/** A fleet's machines: each one starts as scanned and lacking every known patch. */
export class Machines {
  readonly known: readonly KnownPatch[];
  readonly #machines = new Map<string, Machine>();
  readonly #scannedAt: Date;

  constructor(known: readonly KnownPatch[], scannedAt: Date) {
    this.known = known;
    this.#scannedAt = scannedAt;
  }

  get(instanceId: string): Machine {
    return this.#machines.get(instanceId) ?? this.#unpatched();
  }

  /** Whether a patch command has changed it (and nothing has put its root volume back since). */
  isPatched(instanceId: string): boolean {
    return this.get(instanceId).installed.size > 0;
  }

  /** A patch command ran; an Install puts `ids` on the machine, without them everything that it lacks. */
  ran(instanceId: string, operation: PatchOperation, ids: readonly string[] = this.known.map(patchId)): void {
    const installed = new Map(this.get(instanceId).installed);
    if (operation.name === 'Install') {
      const missing = this.known.map(patchId).filter((id) => !installed.has(id) && ids.includes(id));
      for (const id of missing) installed.set(id, operation.at);
    }
    this.#machines.set(instanceId, { installed, operation });
  }

  /** Its root volume is as it was before any patch command. */
  restored(instanceId: string): void {
    this.#machines.set(instanceId, this.#unpatched());
  }

  #unpatched(): Machine {
    return { installed: new Map(), operation: { name: 'Scan', at: this.#scannedAt } };
  }
}
