/** `drydock report`: who got which patch when, by which run. */
import { type Command, Option } from 'commander';
import { csv } from '../../orchestrator/csv.ts';
import { EXIT } from '../../orchestrator/errors.ts';
import type { Plan } from '../../orchestrator/plan/types.ts';
import { type InstalledPatch, installedByAll, type Latency, latencies } from '../../orchestrator/runs/report.ts';
import type { RunView } from '../../orchestrator/runs/view.ts';
import { since } from '../arguments.ts';
import type { Context } from '../context.ts';
import { type EngineFlag, type EveryRun, engineOption, withEveryRun } from '../every-run.ts';
import { table } from '../table.ts';

const EXAMPLES = `
Examples:
  drydock report --since 90d
  drydock report --environment production --format csv > patched.csv
`;

const FORMATS = ['table', 'csv', 'json'] as const;

interface ReportFlags extends EngineFlag {
  since?: Date;
  environment?: string;
  group?: string;
  format: (typeof FORMATS)[number];
}

/** Adds the flags and what the command does. */
export function report(command: Command, context: Context): void {
  command
    .option('--since <time>', 'only runs begun since then: a day, a time, or how long ago (90d)', since)
    .option('--environment <environment>', 'only runs in this environment')
    .option('--group <group>', 'only runs on this Auto Scaling group')
    .addOption(new Option('--format <format>', 'how to print it').choices(FORMATS).default('table'))
    .addOption(engineOption())
    .addHelpText('after', EXAMPLES)
    .action(
      context.action((flags: ReportFlags) =>
        withEveryRun(context, flags.engine, async (runs) => {
          const installed = await installedSince(runs, flags, context);
          const document = { installed, latencies: latencies(installed) };
          if (flags.format === 'json' && !context.flags.json) context.answer(document, () => JSON.stringify(document));
          else context.answer(document, () => (flags.format === 'csv' ? csvOf(installed) : textOf(document)));
          return EXIT.done;
        }),
      ),
    );
}

async function installedSince(
  runs: EveryRun,
  { since, environment, group }: ReportFlags,
  context: Context,
): Promise<InstalledPatch[]> {
  const found = await runs.list({
    ...(environment === undefined ? {} : { environment }),
    ...(group === undefined ? {} : { group }),
    ...(since === undefined ? {} : { since: since.getTime() }),
  });
  if (found.length > 50) context.note(`reading ${found.length} runs`);
  const read: { view: RunView; plan: Plan }[] = [];
  for (const { runId } of found) read.push(await (await runs.with(runId)).read(runId));
  return installedByAll(read);
}

function csvOf(installed: InstalledPatch[]): string {
  const header =
    'instance,group,environment,patch,title,classification,severity,cves,rule,released,installed,days,policy,fingerprint,run,engine,trigger';
  return csv(
    header.split(','),
    installed.map(({ instanceId, group, environment, patch, title, classification, severity, cves, rule, ...rest }) => [
      ...[instanceId, group, environment, patch, title, classification, severity, cves.join(' '), rule],
      ...[rest.releasedAt ?? '', rest.installedAt, rest.days === null ? '' : String(rest.days)],
      ...[rest.policy.name, rest.policy.fingerprint, rest.runId, rest.engine, rest.trigger],
    ]),
  );
}

function textOf({ installed, latencies: taken }: { installed: InstalledPatch[]; latencies: Latency[] }): string {
  if (installed.length === 0) return 'no patch was installed';
  const rows = installed.map(({ installedAt, environment, group, instanceId, patch, cves, rule, runId }) => [
    installedAt.replace(/\.\d+Z$/, 'Z'),
    environment,
    group,
    instanceId,
    patch,
    cves.join(' '),
    rule,
    runId,
  ]);
  const days = (value: number | null) => (value === null ? 'not known' : String(value));
  return [
    table(['INSTALLED', 'ENVIRONMENT', 'GROUP', 'INSTANCE', 'PATCH', 'CVES', 'RULE', 'RUN'], rows),
    '',
    table(
      ['ENVIRONMENT', 'SEVERITY', 'PATCHES', 'MEDIAN DAYS', 'LONGEST'],
      taken.map(({ environment, severity, patches, medianDays, longestDays }) => [
        environment,
        severity,
        String(patches),
        days(medianDays),
        days(longestDays),
      ]),
    ),
    'Days are from a patch being released to its being installed.',
  ].join('\n');
}
