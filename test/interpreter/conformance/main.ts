/**
 * Runs every state machine of a folder of recorded histories and compares what happens with what AWS recorded.
 *
 *     npm run conformance -- FOLDER
 *
 * Exit code 0: all match; 1: some do not; 2: there is no such folder.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type Case, parseCase, scopeOf } from './case.ts';
import { firstDifference } from './compare.ts';
import { playBack } from './playback.ts';

const [folder] = process.argv.slice(2);
if (folder === undefined || statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) {
  console.error(
    folder === undefined
      ? 'conformance needs the folder of recorded histories: npm run conformance -- FOLDER'
      : `there is no folder '${folder}' of recorded histories: npm run conformance -- FOLDER`,
  );
  process.exit(2);
}

const files = readdirSync(folder).filter((file) => file.endsWith('.json'));
let run = 0;
let matching = 0;
for (const file of files.sort()) {
  const kase = parseCase(readFileSync(join(folder, file), 'utf8'));
  const scope = scopeOf(kase);
  if ('outOfScope' in scope) {
    console.log(`out of scope  ${kase.name}: ${scope.outOfScope}`);
    continue;
  }
  run += 1;
  const difference = await differenceIn(kase, scope);
  if (difference === undefined) matching += 1;
  else console.log(`MISMATCH      ${kase.name}: ${difference}`);
}
console.log(`${matching} of ${run} match (${files.length - run} of ${files.length} cases are out of scope)`);
process.exitCode = matching === run ? 0 : 1;

async function differenceIn(kase: Case, scope: Exclude<ReturnType<typeof scopeOf>, { outOfScope: string }>) {
  try {
    return firstDifference(kase.events, await playBack(kase, scope.definition));
  } catch (error) {
    return `the run broke: ${error instanceof Error ? error.message : String(error)}`;
  }
}
