/** `drydock simulate`: a whole rollout on the simulated cloud in virtual time, and what it took. */
import { type Command, InvalidArgumentError } from 'commander';
import { DrydockError, EXIT } from '../../orchestrator/errors.ts';
import { FAULTS } from '../../simulator/faults.ts';
import { positiveNumber, wholeNumber } from '../arguments.ts';
import type { Context } from '../context.ts';
import { simulate as run, type SimulationReport } from '../simulate/simulation.ts';
import type { SimulationOptions } from '../simulate/world.ts';

const EXAMPLES = `
Examples:
  drydock simulate --instances 1000 --max-unavailable 10% --patch-minutes 10 --seed 1
  drydock simulate --instances 60 --groups 3 --faults 0.05 --json
  drydock simulate --faults patch-breaks-app

Faults: ${Object.keys(FAULTS).join(', ')}; or the probability that an instance has one of those of instances.
`;

/** Adds the flags and the action of `drydock simulate`. */
export function simulate(command: Command, context: Context): void {
  command
    .option('--instances <count>', 'instances, in all groups together', wholeNumber(2, 100_000), 20)
    .option('--groups <count>', 'groups, all patched at once', wholeNumber(1, 1000), 1)
    .option('--max-unavailable <amount>', 'a count, or a percentage of the group', '1')
    .option('--patch-minutes <minutes>', 'what a patch takes without its reboot: the median', positiveNumber, 10)
    .option('--faults <fault>', 'what goes wrong: a name or a probability', fault)
    .option('--seed <number>', 'another fleet, other durations', wholeNumber(0), 1)
    .addHelpText('after', EXAMPLES)
    .action(
      context.action(async (flags: SimulationOptions) => {
        if (flags.instances < 2 * flags.groups)
          refuse('a group needs two instances at least: one is out while it is patched');
        context.note(`Simulating ${flags.instances} instances …`);
        const report = await run(flags).catch((error) => {
          if (error instanceof RangeError) refuse(error.message);
          throw error;
        });
        context.answer(report, () => reportText(report));
        return EXIT.done;
      }),
    );
}

function refuse(why: string): never {
  throw new DrydockError(`this cannot be simulated: ${why}`, {
    exitCode: EXIT.badInput,
    next: 'See drydock simulate --help.',
  });
}

function fault(text: string): string {
  const probability = Number(text);
  if (Object.hasOwn(FAULTS, text) || (text.trim() !== '' && probability >= 0 && probability <= 1)) return text;
  throw new InvalidArgumentError(`It takes a probability from 0 to 1, or one of ${Object.keys(FAULTS).join(', ')}.`);
}

function reportText(report: SimulationReport): string {
  const counts = (of: Record<string, number>) =>
    Object.entries(of)
      .map(([name, count]) => `${count} ${name}`)
      .join(', ');
  const tightest = report.capacity.toSorted((a, b) => a.lowest - a.floor - (b.lowest - b.floor))[0];
  return [
    ['runs', counts(report.statuses)],
    ['instances', counts(report.outcomes)],
    ['simulated duration', `${report.simulatedSeconds.toFixed(0)} s`],
    ['critical path', `${report.criticalPathSeconds} s`],
    ['ratio', String(report.ratio)],
    ['state transitions per instance', String(report.stateTransitionsPerInstance)],
    ['API calls per instance', String(report.apiCallsPerInstance)],
    ['events in the longest history', `${report.eventsInLongestHistory} of 25000`],
    ['lowest capacity', `${tightest?.lowest} serving, floor ${tightest?.floor} (${tightest?.group})`],
    ['real time', `${report.wallSeconds} s`],
    ['peak memory', `${report.peakMemoryMiB} MiB`],
  ]
    .map(([name = '', value = '']) => `${name.padEnd(31)} ${value}`)
    .join('\n');
}
