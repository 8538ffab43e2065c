/** Every command of this version, in the order in which help shows them. Their code is loaded only when they are called. */
import type { Command } from 'commander';
import type { Context } from './context.ts';

interface CommandEntry {
  name: string;
  summary: string;
  /** The heading in help. */
  group: string;
  /** Gives what adds the command's flags, help and action to it. */
  load(): Promise<(command: Command, context: Context) => void>;
}

const SIMULATED = 'Without an AWS account:';
const POLICY = 'Policy:';
const ROLLOUTS = 'Rollouts:';
const ON_AWS = 'On AWS itself:';

export const COMMANDS: CommandEntry[] = [
  {
    name: 'demo',
    summary: 'see a whole rollout on a simulated fleet, without an AWS account',
    group: SIMULATED,
    load: async () => (await import('./commands/demo.ts')).demo,
  },
  {
    name: 'simulate',
    summary: 'a whole rollout in virtual time, and what it took',
    group: SIMULATED,
    load: async () => (await import('./commands/simulate.ts')).simulate,
  },
  {
    name: 'init',
    summary: 'write a commented drydock.yaml',
    group: POLICY,
    load: async () => (await import('./commands/init.ts')).init,
  },
  {
    name: 'validate',
    summary: 'check policies: every error with file, line and column',
    group: POLICY,
    load: async () => (await import('./commands/validate.ts')).validate,
  },
  {
    name: 'schema',
    summary: 'print the JSON Schema of the policy',
    group: POLICY,
    load: async () => (await import('./commands/schema.ts')).schema,
  },
  {
    name: 'render',
    summary: 'print what would be deployed: asl, baselines, diagram, template',
    group: POLICY,
    load: async () => (await import('./commands/render.ts')).render,
  },
  {
    name: 'plan',
    summary: 'what a run would do; reads AWS, changes nothing',
    group: ROLLOUTS,
    load: async () => (await import('./commands/plan.ts')).plan,
  },
  {
    name: 'run',
    summary: 'show the plan, ask, and carry it out',
    group: ROLLOUTS,
    load: async () => (await import('./commands/run.ts')).run,
  },
  {
    name: 'runs',
    summary: 'run history; watch, pause, resume, abort, approve or roll back a run',
    group: ROLLOUTS,
    load: async () => (await import('./commands/runs.ts')).runs,
  },
  {
    name: 'recover',
    summary: 'make whole what a dead run left behind',
    group: ROLLOUTS,
    load: async () => (await import('./commands/recover.ts')).recover,
  },
  {
    name: 'report',
    summary: 'who got which patch and CVE when, by which run',
    group: ROLLOUTS,
    load: async () => (await import('./commands/report.ts')).report,
  },
  {
    name: 'console',
    summary: 'run history as web pages, live; on this computer alone unless told otherwise',
    group: ROLLOUTS,
    load: async () => (await import('./commands/console.ts')).consoleCommand,
  },
  {
    name: 'doctor',
    summary: 'check credentials, permissions, agents, health URLs and quotas',
    group: ROLLOUTS,
    load: async () => (await import('./commands/doctor.ts')).doctor,
  },
  {
    name: 'deploy',
    summary: 'show what would change on AWS, ask, and put the policy there',
    group: ON_AWS,
    load: async () => (await import('./commands/deploy.ts')).deploy,
  },
  {
    name: 'destroy',
    summary: 'show what would go, ask, and remove the policy from AWS',
    group: ON_AWS,
    load: async () => (await import('./commands/destroy.ts')).destroy,
  },
  {
    name: 'schedule',
    summary: 'the maintenance windows: when rollouts begin by themselves',
    group: ON_AWS,
    load: async () => (await import('./commands/schedule.ts')).schedule,
  },
];
