/** What the console shows, held in memory: two runs, one of them going on, and whatever a test puts in. */
import type { RunDocument, RunEvent, RunRow, Verb } from '../../src/console/api/shapes.ts';
import type { ConsoleSource, RunChange } from '../../src/console/server/source.ts';
import { DrydockError, EXIT } from '../../src/orchestrator/errors.ts';

const NOW = '2026-03-10T03:00:00.000Z';
const STARTED = '2026-03-10T02:00:00.000Z';
const POLICY = { name: 'web', fingerprint: '2b51ba1d0403' };
/** What somebody may call a group or an instance who means harm. */
export const HOSTILE = '</script><img src=x onerror=alert(1)>';

export const RUNNING = '20260310-020000-1a2b3';
export const HALTED = '20260309-020000-4c5d6';

export interface MemorySource extends ConsoleSource {
  /** What was asked of which run. */
  readonly steered: { id: string; verb: Verb }[];
  /** How many listen to changes now. */
  readonly listeners: number;
  /** Tells all that listen, and keeps it for those that come back. */
  tell(change: RunChange): void;
}

/** A source whose methods can be replaced by `own`. */
export function memorySource(own: Partial<ConsoleSource> = {}, eventCount = 3): MemorySource {
  const steered: MemorySource['steered'] = [];
  const log: RunChange[] = [];
  const waiting = new Set<() => void>();
  let listeners = 0;
  const events = Array.from({ length: eventCount }, (_, at) => event(at + 1));
  const expectRun = (id: string) => {
    if (id !== RUNNING && id !== HALTED) throw refuse(`there is no run ${id} here`);
  };
  return {
    runs: async () => ({
      now: NOW,
      runs: [row(RUNNING, 'running'), row(HALTED, 'halted')],
      next: null,
      groups: ['web', HOSTILE],
      environments: ['production'],
      policies: ['web'],
      missing: [],
    }),
    run: async (id) => {
      expectRun(id);
      return document(id);
    },
    timeline: async (id) => {
      expectRun(id);
      return {
        from: STARTED,
        to: null,
        now: NOW,
        lanes: [
          {
            instanceId: 'i-1',
            wave: 1,
            az: 'a',
            outcome: 'patching',
            segments: [{ step: 'patch', label: 'patching', from: STARTED, to: null }],
          },
        ],
        marks: [{ kind: 'bake', label: 'bake', from: STARTED, to: null }],
        capacity: [{ at: STARTED, inService: 2 }],
        desired: 2,
        floor: 1,
      };
    },
    events: async (id, { after = '0', limit }) => {
      expectRun(id);
      const page = events.slice(Number(after), Number(after) + limit);
      const end = Number(after) + page.length;
      return { events: page, next: end < events.length ? String(end) : null };
    },
    instance: async (id, instanceId) => {
      expectRun(id);
      if (instanceId !== 'i-1') throw refuse(`instance ${instanceId} is not part of run ${id}`);
      return {
        now: NOW,
        runId: id,
        group: 'web',
        environment: 'production',
        region: 'eu-west-1',
        instance: { ...instance, operatingSystem: 'AMAZON_LINUX_2', privateIp: null, rootVolumeId: null },
        patches: [],
        steps: [{ step: 'detach', from: STARTED, to: NOW, seconds: 3600 }],
        checks: [],
        command: null,
        snapshotId: null,
        links: [],
      };
    },
    graph: async (id, machine) => {
      expectRun(id);
      const parts = [{ label: 'all', y: 0, height: 10 }];
      return {
        machine,
        startAt: 'A',
        width: 10,
        height: 10,
        executions: { read: 1, of: 1 },
        parts,
        nodes: [],
        edges: [],
      };
    },
    steer: async (id, verb) => {
      expectRun(id);
      if (id === HALTED && verb !== 'rollback')
        throw refuse(`run ${id} is over (halted): it cannot be asked to ${verb}`);
      steered.push({ id, verb });
      return verb === 'rollback' ? { begun: '20260310-030000-7e8f9' } : {};
    },
    exposure: async () => ({
      now: NOW,
      asOf: STARTED,
      looking: false,
      stale: [],
      rows: [],
      patches: [waitingPatch],
      history: { read: 2, of: 2 },
      latency: [],
    }),
    calendar: async () => ({
      now: NOW,
      asOf: STARTED,
      looking: false,
      stale: [],
      policy: { ...POLICY, file: null },
      environments: [],
      rules: [],
      patches: [],
    }),
    changes: async function* (after, signal) {
      listeners += 1;
      let at = after === undefined ? log.length : log.findIndex(({ id }) => id === after) + 1;
      try {
        while (!signal.aborted) {
          for (let next = log[at]; next !== undefined; next = log[at]) {
            at += 1;
            yield next;
          }
          await new Promise<void>((resolve) => {
            waiting.add(resolve);
            signal.addEventListener('abort', () => resolve(), { once: true });
          });
        }
      } finally {
        listeners -= 1;
      }
    },
    ...own,
    steered,
    get listeners() {
      return listeners;
    },
    tell: (change) => {
      log.push(change);
      for (const resolve of waiting) resolve();
      waiting.clear();
    },
  };
}

function refuse(message: string): DrydockError {
  return new DrydockError(message, { exitCode: EXIT.badInput, next: 'See drydock runs list.' });
}

const instance = {
  instanceId: 'i-1',
  az: 'eu-west-1a',
  wave: 1,
  outcome: 'patching',
  startedAt: STARTED,
  endedAt: null,
  patches: [{ id: 'openssl', cves: ['CVE-2026-41001'], rule: 'critical-security' }],
} satisfies RunDocument['instances'][number];

const waitingPatch = {
  environment: 'production',
  group: '=cmd|calc',
  patch: 'kernel.x86_64',
  title: 'kernel, "long term"',
  classification: 'Security',
  severity: 'Important',
  cves: ['CVE-2026-1', 'CVE-2026-2'],
  rule: 'everything-else',
  instances: 4,
  releasedAt: STARTED,
  ageDays: 3.5,
  approvedSince: null,
  heldUntil: NOW,
  waitsFor: null,
};

function row(runId: string, status: RunRow['status']): RunRow {
  return {
    runId,
    policy: POLICY,
    group: HOSTILE,
    environment: 'production',
    engine: 'embedded',
    status,
    startedAt: STARTED,
    endedAt: null,
    trigger: 'person: anna',
    rollbackOf: null,
    awaitsApproval: false,
    reason: null,
    tally: { patching: 1 },
    total: 1,
  };
}

function document(id: string): RunDocument {
  const { policy, group, environment, engine, startedAt, endedAt, trigger } = row(id, 'running');
  return {
    now: NOW,
    ...{ runId: id, policy, group, environment, engine, startedAt, endedAt, trigger },
    status: id === RUNNING ? 'running' : 'halted',
    plan: { waves: [] },
    instances: [instance],
    advice: null,
    capacity: { desired: 2, floor: 1, inService: 1 },
    waves: [{ number: 1, kind: 'canary', concurrency: 1 }],
    awaitsApproval: false,
    bakeUntil: null,
    estimateSeconds: null,
    actions: [{ verb: 'abort', what: 'What is in the dock is finished or rolled back, the rest is skipped.' }],
    held: [],
  };
}

function event(id: number): RunEvent {
  return {
    of: 'rollout',
    id,
    previousEventId: id - 1,
    timestamp: STARTED,
    type: 'TaskScheduled',
    state: 'Lock',
    details: null,
  };
}
