/**
 * npm run bench [-- --only NAME,NAME] [--quick] [--check]: measures everything, prints it, and keeps it in `bench/results.json`. With `--check`
 * nothing is kept: it ends with 1 when a ratio or a count is worse by over 10 % than what is kept. `--quick` leaves out all that takes long.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { figureTable, type Results, resultsSchema, type Section, withSection, worsened } from './figure.ts';
import { alternatives } from './sections/alternatives.ts';
import { consoleSection } from './sections/console.ts';
import { cost } from './sections/cost.ts';
import { engine } from './sections/engine.ts';
import { overhead } from './sections/overhead.ts';
import { rates } from './sections/rates.ts';
import { start } from './sections/start.ts';

const SECTIONS: Section[] = [overhead, alternatives, cost, rates, engine, start, consoleSection];
const RESULTS = fileURLToPath(new URL('results.json', import.meta.url));

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    quick: { type: 'boolean', default: false },
    check: { type: 'boolean', default: false },
  },
});
const mostInstances = values.quick ? 100 : 10_000;
const chosen = choose(values.only);
const kept = readResults();
let results: Results = { ...kept, node: process.versions.node };
const worse: string[] = [];
for (const section of chosen) {
  const figures = await section.measure((what) => process.stderr.write(`  … ${what}\n`), mostInstances);
  if (figures.length === 0) continue;
  console.log(`\n${section.title}  (npm run bench -- --only ${section.name})`);
  console.log(figureTable(figures));
  worse.push(...worsened(section.name, figures, kept));
  if (!values.quick) results = withSection(results, section.name, figures);
}
conclude(worse);

function choose(only: string | undefined): Section[] {
  if (only === undefined) return SECTIONS;
  return only.split(',').map((name) => {
    const found = SECTIONS.find((section) => section.name === name);
    if (found === undefined)
      fail(`There is no section ${name}; there are ${SECTIONS.map((each) => each.name).join(', ')}.`);
    return found;
  });
}

function readResults(): Results {
  if (!existsSync(RESULTS)) return { node: process.versions.node, sections: {} };
  return resultsSchema.parse(JSON.parse(readFileSync(RESULTS, 'utf8')));
}

function conclude(worse: string[]): void {
  if (values.quick && !values.check) return;
  if (!values.check) {
    writeFileSync(RESULTS, `${JSON.stringify(results, undefined, 2)}\n`);
    console.log('\nkept in bench/results.json');
    return;
  }
  for (const what of worse) console.error(`worse: ${what}`);
  console.log(worse.length === 0 ? '\nno kept figure is worse' : `\n${worse.length} kept figures are worse`);
  if (worse.length > 0) process.exitCode = 1;
}

function fail(why: string): never {
  console.error(why);
  process.exit(2);
}
