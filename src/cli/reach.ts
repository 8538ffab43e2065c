/** Reaching AWS, and opening the engine that carries runs out from here. */

import type { Cloud } from '../orchestrator/aws/cloud.ts';
import { explained } from '../orchestrator/aws/explain.ts';
import { resolveRegion } from '../orchestrator/aws/region.ts';
import { type SdkCloudOptions, sdkCloud } from '../orchestrator/aws/sdk-cloud.ts';
import { openEmbedded } from '../orchestrator/embedded.ts';
import { realClock } from '../orchestrator/engine/clock.ts';
import type { Engine } from '../orchestrator/engine/engine.ts';
import { nodeHttpGet, nodeHttpPost } from '../orchestrator/http/node-http.ts';
import type { Runs } from '../orchestrator/runs/runs.ts';
import type { Context } from './context.ts';

export interface Reached {
  cloud: Cloud;
  region: string;
}

/** How the flags say that AWS is reached; what they do not say the SDK finds. */
export function reachOptions({ flags }: Context): SdkCloudOptions {
  const { region, profile, endpointUrl } = flags;
  return {
    ...(region === undefined ? {} : { region }),
    ...(profile === undefined ? {} : { profile }),
    ...(endpointUrl === undefined ? {} : { endpointUrl }),
  };
}

/** The region that calls go to. Rejects with a `DrydockError` when none is set. */
export function settleRegion(context: Context): Promise<string> {
  return explained(resolveRegion(reachOptions(context)));
}

/** AWS, as the flags and the SDK's own settings say. Rejects with a `DrydockError` when no region is set. */
export async function reachCloud(context: Context): Promise<Reached> {
  const region = await settleRegion(context);
  return { cloud: sdkCloud({ ...reachOptions(context), region }), region };
}

/** Hands `work` the runs of the state directory, with an engine that can carry them out on AWS. */
export async function withEmbedded<T>(context: Context, work: (runs: Runs, aws: Reached) => Promise<T>): Promise<T> {
  const aws = await reachCloud(context);
  const { stateDir } = context.flags;
  const embedded = openEmbedded({
    ...aws,
    remote: true,
    clock: realClock(),
    httpGet: nodeHttpGet(),
    httpPost: nodeHttpPost(),
    stateDir,
  });
  if (context.flags.verbose) await logEvents(embedded.engine, context);
  try {
    return await work(embedded.runs, aws);
  } finally {
    await embedded.close();
  }
}

/** With --verbose: every event of every execution, and what a failed call answered, one JSON line each. */
async function logEvents(engine: Engine, { flags }: Context): Promise<void> {
  const { createLog } = await import('./log.ts');
  const log = createLog(flags);
  engine.onEvent((execution, { id, type, details }) => {
    const { name, resource, error, cause } = details?.value ?? {};
    const entry = { execution: execution.split(':').at(-1), id, type, name, resource, error, cause };
    if (error === undefined) log.info(entry);
    else log.warn(entry);
  });
}
