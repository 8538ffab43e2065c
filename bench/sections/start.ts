/** How long the command line takes to start, against Node doing nothing. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Figure, Section } from '../figure.ts';

const RUNS = 15;
const DRYDOCK = fileURLToPath(new URL('../../bin/drydock.js', import.meta.url));
const POLICY = fileURLToPath(new URL('../../src/policies/standard.yaml', import.meta.url));

export const start: Section = {
  name: 'start',
  title: 'Cold start of the command line over `node -e 0`: medians of turns',
  measure: async (say) => {
    const folder = mkdtempSync(join(tmpdir(), 'drydock-start-'));
    const refusing = createServer((_request, response) => response.writeHead(403).end());
    await once(refusing.listen(0, '127.0.0.1'), 'listening');
    try {
      return await measureIn(folder, addressOf(refusing), say);
    } finally {
      refusing.close();
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

function addressOf(server: Server): string {
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('the server listens nowhere');
  return `http://127.0.0.1:${address.port}`;
}

/** All take turns, so that whatever else the machine does slows each of them. */
async function measureIn(folder: string, refusing: string, say: (what: string) => void): Promise<Figure[]> {
  const commands: Record<string, string[]> = {
    'node -e 0': ['-e', '0'],
    '--help': [DRYDOCK, '--help'],
    validate: [DRYDOCK, 'validate', '--policy', POLICY],
    // Up to the refusal of its first call: everything is loaded by then, and the rest is AWS's time.
    plan: [DRYDOCK, 'plan', '--policy', POLICY, '--environment', 'staging', '--endpoint-url', refusing],
  };
  const took = new Map(Object.keys(commands).map((name): [string, number[]] => [name, []]));
  // The first start after a change fills the compile cache.
  for (const args of Object.values(commands)) await milliseconds(folder, args);
  for (let run = 0; run < RUNS; run++) {
    say(`turn ${run + 1} of ${RUNS}`);
    for (const [name, args] of Object.entries(commands)) took.get(name)?.push(await milliseconds(folder, args));
  }
  const nothing = median(took.get('node -e 0') ?? []);
  const measured = Object.keys(commands).filter((name) => name !== 'node -e 0');
  return measured.map((name) => ({
    name: `drydock ${name}`,
    value: Number((median(took.get(name) ?? []) / nothing).toFixed(2)),
    unit: '×',
    better: 'lower',
    ...(name === '--help' ? { bound: 1.8 } : {}),
  }));
}

async function milliseconds(cwd: string, args: string[]): Promise<number> {
  const env = { ...process.env, AWS_REGION: 'eu-west-1', AWS_ACCESS_KEY_ID: 'none', AWS_SECRET_ACCESS_KEY: 'none' };
  const begun = performance.now();
  await once(spawn(process.execPath, args, { stdio: 'ignore', cwd, env }), 'exit');
  return performance.now() - begun;
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
