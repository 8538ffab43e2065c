/** `drydock schedule list`: the maintenance windows of the policy, as they are on AWS. */
import type { Command } from 'commander';
import { windowCalls } from '../../orchestrator/deployment/calls.ts';
import { explainedDeploying } from '../../orchestrator/deployment/denied.ts';
import { policyWindows, timeInZone, type Window } from '../../orchestrator/deployment/windows.ts';
import { EXIT, type ExitCode } from '../../orchestrator/errors.ts';
import type { Context } from '../context.ts';
import { loadPolicy } from '../policy-file.ts';
import { reachOptions, settleRegion } from '../reach.ts';
import { table } from '../table.ts';

const EXAMPLES = `
Examples:
  drydock schedule list                    when each window opens next, and how it went last time
  drydock schedule list --json
`;

/** Adds what `drydock schedule` does. */
export function schedule(command: Command, context: Context): void {
  command.addHelpText('after', EXAMPLES);
  command
    .command('list')
    .description('the maintenance windows of the policy: next and last time, duration, cutoff')
    .addHelpText('after', EXAMPLES)
    .action(context.action(() => explainedDeploying(list(context))));
}

async function list(context: Context): Promise<ExitCode> {
  const policy = loadPolicy(context);
  const region = await settleRegion(context);
  const windows = await policyWindows(await windowCalls({ ...reachOptions(context), region }), policy);
  context.answer({ policy: policy.name, region, windows }, () =>
    windows.length === 0
      ? `the policy ${policy.name} has no maintenance windows, and there are none of it in ${region}`
      : windowsText(windows),
  );
  return EXIT.done;
}

function windowsText(windows: Window[]): string {
  const rows = windows.map((window) => [
    window.environment,
    window.id ?? '–',
    window.enabled === undefined ? '–' : window.enabled ? 'yes' : 'no',
    window.nextExecution === undefined ? '–' : `${window.nextExecution.slice(0, 16)}Z`,
    window.nextExecution === undefined ? '–' : timeInZone(window.nextExecution, window.timezone),
    `${window.schedule} ${window.timezone}`,
    `${window.durationHours} h`,
    `${window.cutoffHours} h`,
    lastText(window),
  ]);
  const heading = [
    'ENVIRONMENT',
    'WINDOW',
    'ENABLED',
    'NEXT (UTC)',
    'NEXT (ITS ZONE)',
    'SCHEDULE',
    'DURATION',
    'CUTOFF',
    'LAST',
  ];
  return [table(heading, rows), ...windows.flatMap(remarks)].join('\n');
}

function lastText({ last }: Window): string {
  if (last === undefined) return '–';
  return `${last.status} ${last.startedAt.slice(0, 16)}Z${last.reason === undefined ? '' : `: ${last.reason}`}`;
}

function remarks({ environment, standing }: Window): string[] {
  switch (standing) {
    case 'as-in-policy':
      return [];
    case 'differs':
      return [`${environment}: the policy says otherwise; it counts once it is deployed: drydock deploy`];
    case 'not-deployed':
      return [`${environment}: in the policy, but not on AWS: drydock deploy`];
    case 'not-in-policy':
      return [`${environment}: no longer in the policy, but still on AWS: drydock deploy removes it`];
  }
}
