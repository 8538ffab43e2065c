/** Whether an instance that is out of service is as it should be: its patch command has ended, all is installed, the agent is back, and it is healthy. */
import { z } from 'zod';
import { allPages } from '../fleet/pages.ts';
import type { HealthResult } from '../health/result.ts';
import { type Ask, troubleOf } from './asking.ts';

export const dock = z.object({
  look: z.literal('dock'),
  instanceId: z.string(),
  /** What was done to it; null: nothing, or it was undone. */
  patch: z
    .object({
      commandId: z.string(),
      /** In seconds since 1970. */
      sentAt: z.number(),
      /** The patches that are to be there, by KB id or title. */
      pinned: z.array(z.string()),
      reboot: z.enum(['RebootIfNeeded', 'NoReboot']),
    })
    .nullable(),
  check: z.object({ instance: z.unknown(), checks: z.array(z.unknown()) }),
});

type Patch = NonNullable<z.infer<typeof dock>['patch']>;

/** Of the patch command, as GetCommandInvocation has it. */
interface Command {
  CommandId: string;
  Status: string;
  StatusDetails: string;
  /** Their ends: that is where a command says how it went. */
  StandardOutputContent: string;
  StandardErrorContent: string;
}

export interface DockLook {
  /**
   * `running`: the command is not over. `failed`: it did not do its work. `unreported`: what it did is not known yet. `silent`: the agent is
   * not back. `unseen`: something could not be read, or the check not be made, of one whose command has succeeded. `unhealthy`: the health
   * check says so. `ready`: all is well.
   */
  state: 'running' | 'failed' | 'unreported' | 'silent' | 'unseen' | 'unhealthy' | 'ready';
  /** What keeps it from being ready; empty when nothing does. */
  reason: string;
  command: Command | null;
  check: HealthResult | null;
}

type Verdict = Pick<DockLook, 'state' | 'reason'>;

/** A command that is over and did not succeed. */
const ENDED_BADLY = ['Failed', 'Cancelled', 'TimedOut', 'Cancelling'];
/** Of what a command wrote: a state hands on 256 KiB of everything. */
const TAIL = 4000;
const SHORTER_TAIL = 400;
/** Patch states say something of this patch only once they are newer than the command; clocks may differ by so much. */
const SKEW_SECONDS = 60;

/** The health check is made last, and only of one that has nothing else against it. */
export async function lookInDock(ask: Ask, { instanceId, patch, check }: z.infer<typeof dock>): Promise<DockLook> {
  const command = patch === null ? null : await commandOf(ask, instanceId, patch.commandId);
  const against = patch === null || command === null ? undefined : againstCommand(command);
  if (against !== undefined) return { ...against, command, check: null };
  try {
    const found = (await againstPatch(ask, instanceId, patch)) ?? (await againstAgent(ask, instanceId));
    if (found !== undefined) return { ...found, command, check: null };
    const health = await ask.check({ ...check, once: false });
    return { state: health.healthy ? 'ready' : 'unhealthy', reason: health.reason, command, check: health };
  } catch (error) {
    // Throttled or not: that the command has succeeded is known, and must not be lost with the rest.
    return { state: 'unseen', reason: troubleOf(error), command, check: null };
  }
}

async function commandOf({ aws }: Ask, instanceId: string, commandId: string): Promise<Command> {
  const found = await aws('its patch command could not be read', (cloud) =>
    cloud.ssm.getCommandInvocation({ CommandId: commandId, InstanceId: instanceId }),
  );
  const { Status = 'Unknown' } = found;
  return {
    CommandId: commandId,
    Status,
    StatusDetails: found.StatusDetails ?? Status,
    StandardOutputContent: (found.StandardOutputContent ?? '').slice(-TAIL),
    StandardErrorContent: (found.StandardErrorContent ?? '').slice(-TAIL),
  };
}

function againstCommand({ Status, StatusDetails, StandardErrorContent }: Command): Verdict | undefined {
  if (ENDED_BADLY.includes(Status)) {
    const said = StandardErrorContent === '' ? '' : `: ${StandardErrorContent.slice(-SHORTER_TAIL)}`;
    return failed(`the patch command ended ${StatusDetails}${said}`);
  }
  return Status === 'Success' ? undefined : { state: 'running', reason: `the patch command is ${Status}` };
}

async function againstPatch(ask: Ask, instanceId: string, patch: Patch | null): Promise<Verdict | undefined> {
  if (patch === null) return undefined;
  return (await againstStates(ask, instanceId, patch)) ?? againstMissing(ask, instanceId, patch);
}

async function againstStates({ aws }: Ask, instanceId: string, patch: Patch): Promise<Verdict | undefined> {
  const { InstancePatchStates: [states] = [] } = await aws('its patch states could not be read', (cloud) =>
    cloud.ssm.describeInstancePatchStates({ InstanceIds: [instanceId] }),
  );
  const at = states?.OperationEndTime === undefined ? 0 : states.OperationEndTime.getTime() / 1000;
  if (states === undefined || at < patch.sentAt - SKEW_SECONDS) {
    return { state: 'unreported', reason: 'its patch states were not reported after the patch command' };
  }
  const { FailedCount = 0, InstalledPendingRebootCount = 0 } = states;
  if (FailedCount > 0) return failed(`${FailedCount} patches failed to install`);
  if (InstalledPendingRebootCount > 0 && patch.reboot === 'RebootIfNeeded') {
    return failed(`${InstalledPendingRebootCount} patches still wait for a reboot`);
  }
  return undefined;
}

async function againstMissing({ aws }: Ask, instanceId: string, { pinned }: Patch): Promise<Verdict | undefined> {
  const filters = [{ Key: 'State', Values: ['Missing', 'Failed', 'AvailableSecurityUpdate'] }];
  const patches = await allPages(async (token) => {
    const asked = { InstanceId: instanceId, MaxResults: 100, Filters: filters };
    const { Patches, NextToken } = await aws('its missing patches could not be read', (cloud) =>
      cloud.ssm.describeInstancePatches({ ...asked, ...(token === undefined ? {} : { NextToken: token }) }),
    );
    return { items: Patches, next: NextToken };
  });
  const wanted = new Set(pinned);
  const missing = patches
    .map(({ KBId = '', Title = '' }) => (KBId === '' ? Title : KBId))
    .filter((patch) => wanted.has(patch));
  return missing.length === 0 ? undefined : failed(`still missing after the patch: ${missing.join(', ')}`);
}

/** Of what a reboot took down the agent comes back last. */
async function againstAgent({ aws }: Ask, instanceId: string): Promise<Verdict | undefined> {
  const { InstanceInformationList: [agent] = [] } = await aws('the agent could not be looked for', (cloud) =>
    cloud.ssm.describeInstanceInformation({ Filters: [{ Key: 'InstanceIds', Values: [instanceId] }] }),
  );
  const ping = agent?.PingStatus ?? 'NotRegistered';
  return ping === 'Online' ? undefined : { state: 'silent', reason: `the agent did not come back: ${ping}` };
}

function failed(reason: string): Verdict {
  return { state: 'failed', reason };
}
