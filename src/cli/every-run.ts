/** Runs wherever they were begun: in the state directory, and on the deployments that it has to do with. */
import { Option } from 'commander';
import { explained } from '../orchestrator/aws/explain.ts';
import { DrydockError, EXIT } from '../orchestrator/errors.ts';
import type { FinishedRun } from '../orchestrator/plan/types.ts';
import { printable } from '../orchestrator/printable.ts';
import type { RunFilter, RunSummary } from '../orchestrator/runs/history.ts';
import type { Runs } from '../orchestrator/runs/runs.ts';
import type { RunView } from '../orchestrator/runs/view.ts';
import { type Deployed, whereDeployed } from '../orchestrator/step-functions/deployed.ts';
import { type OpenDeployment, openDeployment } from '../orchestrator/step-functions/open.ts';
import type { Context } from './context.ts';
import { knownDeployments } from './deployments.ts';
import { withRunHistory } from './open-runs.ts';
import { loadPolicy } from './policy-file.ts';
import { reachOptions, settleRegion } from './reach.ts';

export const ENGINES = ['embedded', 'step-functions'] as const satisfies RunView['engine'][];
export type EngineName = (typeof ENGINES)[number];

/** The flag of commands that find runs. */
export interface EngineFlag {
  engine?: EngineName;
}

/** By default both are looked through, AWS only where this state directory has to do with it. */
export function engineOption(): Option {
  const does = 'only runs that it carries out; step-functions asks AWS in any case';
  return new Option('--engine <engine>', does).choices(ENGINES);
}

export interface EveryRun {
  /** Newest first. Deployments that do not answer are left out with a word on stderr, unless they were asked for by `--engine`. */
  list(filter: RunFilter): Promise<RunSummary[]>;
  /** The runs that the one of that id is among. Throws a `DrydockError` (exit code 2) when it is nowhere. */
  with(id: string): Promise<Runs>;
  /** The runs of a policy that succeeded, whatever carried them out. */
  finished(policy: string): Promise<FinishedRun[]>;
}

/** Hands `work` all runs, or those of one engine. What is on AWS is asked only for what is not found here. */
export async function withEveryRun<T>(
  context: Context,
  engine: EngineName | undefined,
  work: (runs: EveryRun) => Promise<T>,
): Promise<T> {
  return withRunHistory(context, async (local) => {
    const here = engine === 'step-functions' ? [] : [local];
    const deployments = engine === 'embedded' ? [] : await deploymentsAsked(context, engine);
    const open = once((deployed: Deployed) => openDeployed(deployed, context).then(({ runs }) => runs));
    const fromAll = async <Found>(ask: (runs: Runs) => Promise<Found[]>): Promise<Found[]> => {
      const found = (await Promise.all(here.map(ask))).flat();
      for (const deployed of deployments) {
        const asked = open(deployed).then(ask);
        found.push(...(await (engine === undefined ? orNote(asked, deployed, context) : asked)));
      }
      return found;
    };
    return work({
      list: async (filter) =>
        (await fromAll((runs) => runs.list(filter))).sort((a, b) => (a.startedAt < b.startedAt ? 1 : -1)),
      finished: (policy) => fromAll((runs) => runs.finished(policy)),
      with: async (id) => {
        for (const runs of here) if (await runs.knows(id)) return runs;
        for (const deployed of deployments) {
          const runs = await open(deployed);
          if (await runs.knows(id)) return runs;
        }
        throw nowhere(id, engine, deployments);
      },
    });
  });
}

/** Opens the deployment of a policy for whoever the credentials belong to. Rejects with a `DrydockError` when AWS cannot be reached. */
export async function openPolicyDeployment(
  policy: string,
  context: Context,
): Promise<OpenDeployment & { deployed: Deployed }> {
  const deployed = await locateDeployment(policy, context);
  return { deployed, ...(await openDeployed(deployed, context)) };
}

/** Where the policy's deployment is, or would be. Rejects with a `DrydockError` when AWS cannot be reached. */
export async function locateDeployment(policy: string, context: Context): Promise<Deployed> {
  const region = await settleRegion(context);
  return explained(whereDeployed(policy, region, { ...reachOptions(context), region }));
}

function openDeployed(deployed: Deployed, context: Context): Promise<OpenDeployment> {
  const { region: _, ...options } = reachOptions(context);
  return openDeployment(deployed, options);
}

/** Who says --engine means AWS, whatever is known here: then the policy names the deployment. */
async function deploymentsAsked(context: Context, engine: EngineName | undefined): Promise<Deployed[]> {
  const known = knownDeployments(context.flags.stateDir);
  if (engine === undefined || (known.length > 0 && context.flags.policy === undefined)) return known;
  return [await locateDeployment(loadPolicy(context).name, context)];
}

async function orNote<Found>(asked: Promise<Found[]>, deployed: Deployed, context: Context): Promise<Found[]> {
  try {
    return await asked;
  } catch (error) {
    if (!(error instanceof DrydockError)) throw error;
    const { policy, account, region } = deployed;
    const what = `what ran on AWS is left out (policy ${policy}, account ${account}, ${region})`;
    context.note(`${printable(`${what}: ${error.message}`)}\n→ ${error.next}`);
    return [];
  }
}

function nowhere(id: string, engine: EngineName | undefined, deployments: Deployed[]): DrydockError {
  const places = deployments.map(
    ({ policy, account, region }) => `of policy ${policy} in account ${account}, ${region}`,
  );
  const where = [...(engine === 'step-functions' ? [] : ['here']), ...places].join(', nor ');
  const elsewhere =
    engine === undefined && deployments.length === 0
      ? ', and a run on AWS that was not begun from here is found with --engine step-functions'
      : '';
  return new DrydockError(`there is no run ${id} ${where}`, {
    exitCode: EXIT.badInput,
    next: `See drydock runs list; another state directory is named with --state-dir${elsewhere}.`,
  });
}

/** Makes what belongs to a key once. */
function once<Key, Made>(make: (key: Key) => Promise<Made>): (key: Key) => Promise<Made> {
  const made = new Map<Key, Promise<Made>>();
  return (key) => {
    const found = made.get(key) ?? make(key);
    made.set(key, found);
    return found;
  };
}
