/** Waits for the ends of commands where no event tells of them: by looking, less and less often. */
import { z } from 'zod';
import type { EngineClock } from '../engine/clock.ts';
import type { CommandEvent } from '../lambda/record.ts';
import type { Cloud } from './cloud.ts';
import type { Dispatcher } from './dispatcher.ts';

const FIRST_WAIT_MS = 5000;
const LONGEST_WAIT_MS = 20_000;
const GROWTH = 1.3;
const UNDER_WAY = ['Pending', 'InProgress', 'Delayed', 'Cancelling'];

export interface CommandWatchOptions {
  dispatcher: Dispatcher;
  cloud: Pick<Cloud, 'ssm'>;
  clock: EngineClock;
  /** Whether the cloud is reached over the network. */
  remote: boolean;
  /** Is told of each end as EventBridge would tell it. */
  tell(event: CommandEvent): Promise<unknown>;
}

/** The key under which an execution leaves the token that it waits with for a command. */
const waits = z.object({
  Key: z.object({ pk: z.object({ S: z.templateLiteral(['command#', z.string(), '#', z.string()]) }) }),
});

/**
 * `dispatcher.runTask`, which watches a command from when an execution waits for it until it is over or nobody waits any more.
 * What goes wrong with the watching harms nothing: whoever waits looks for itself after some minutes.
 */
export function watchingCommands(options: CommandWatchOptions): Dispatcher['runTask'] {
  return async (request) => {
    const answer = await options.dispatcher.runTask(request);
    const wait = request.taskToken === undefined ? undefined : waits.safeParse(request.arguments).data;
    if (wait !== undefined) {
      const [, commandId = '', instanceId = ''] = wait.Key.pk.S.split('#');
      watchCommand(options, { commandId, instanceId }, request.signal).catch(() => {});
    }
    return answer;
  };
}

async function watchCommand(
  { cloud, clock, remote, tell }: CommandWatchOptions,
  { commandId, instanceId }: { commandId: string; instanceId: string },
  signal: AbortSignal,
): Promise<void> {
  for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(waitMs * GROWTH, LONGEST_WAIT_MS)) {
    await clock.sleep(waitMs, signal);
    const look = statusOf(cloud.ssm, commandId, instanceId);
    const status = await (remote ? clock.busy(look) : look);
    if (signal.aborted) return;
    if (UNDER_WAY.includes(status)) continue;
    await tell({ detail: { 'command-id': commandId, 'instance-id': instanceId, status } });
    return;
  }
}

/** A look that fails says nothing: the next one may not. */
async function statusOf(
  ssm: Pick<Cloud['ssm'], 'getCommandInvocation'>,
  commandId: string,
  instanceId: string,
): Promise<string> {
  try {
    return (await ssm.getCommandInvocation({ CommandId: commandId, InstanceId: instanceId })).Status ?? 'Pending';
  } catch {
    return 'Pending';
  }
}
