/** The application on each machine, as a client on the network meets it. */
import { appStatus } from './machines.ts';
import type { World } from './world.ts';

export interface HttpAnswer {
  status: number;
  headers: Record<string, string>;
  body: string;
  /** How long the answer takes, in milliseconds; nothing has waited for it yet. */
  latencyMs: number;
}

/** Where a request goes: a URL, or its parts. */
export type Destination = string | { host: string; port: number; path: string };

/** Nobody listens there, or nobody is there. */
export class ConnectionRefused extends Error {
  readonly code = 'ECONNREFUSED';
  constructor(host: string, port: number) {
    super(`connect ECONNREFUSED ${host}:${port}`);
    this.name = 'ConnectionRefused';
  }
}

const MEDIAN_LATENCY_MS = 8;
const LATENCY_SIGMA = 0.4;

/** Answers a GET at a machine's private or public address or private DNS name. Throws `ConnectionRefused`. */
export function respond(world: World, destination: Destination): HttpAnswer {
  const { host, port, path } = typeof destination === 'string' ? partsOf(destination) : destination;
  const machine = world.byAddress.get(host);
  const status = machine === undefined || machine.template.appPort !== port ? undefined : appStatus(machine);
  if (machine === undefined || status === undefined) throw new ConnectionRefused(host, port);
  const known = path.split('?')[0] === '/' || path.startsWith('/healthz');
  return {
    status: known ? status : 404,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      status: status === 200 ? 'ok' : 'error',
      version: machine.template.appVersion,
      instanceId: machine.id,
      patches: machine.content.installed.size,
    }),
    latencyMs: machine.content.latencyMs ?? world.random.logNormal(MEDIAN_LATENCY_MS, LATENCY_SIGMA),
  };
}

function partsOf(text: string): { host: string; port: number; path: string } {
  const url = new URL(text);
  const port = url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port);
  return { host: url.hostname, port, path: `${url.pathname}${url.search}` };
}
