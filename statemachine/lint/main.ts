/** `npm run lint:statemachine`: checks every definition in statemachine/ and ends with 1 when there is something to mend. */
import { readdirSync } from 'node:fs';
import { linkDefinition, readDefinition } from '../definitions.ts';
import { lint } from './lint.ts';
import { machineOf, statesOf } from './machine.ts';

const names = readdirSync(new URL('..', import.meta.url))
  .filter((file) => file.endsWith('.asl.json'))
  .map((file) => file.replace('.asl.json', ''));

let states = 0;
let problems = 0;
for (const name of names) {
  const definition = readDefinition(name);
  const found = await lint(definition, linkDefinition(definition, readDefinition));
  states += statesOf(machineOf(definition)).length;
  problems += found.length;
  for (const { state, field, message } of found) {
    const place = [state, field].filter((part) => part !== '').join(' › ');
    console.error(`statemachine/${name}.asl.json: ${place === '' ? '' : `${place}: `}${message}`);
  }
}

const outcome = problems === 0 ? 'no problems' : `${problems} problem${problems === 1 ? '' : 's'}`;
console.log(`statemachine: ${names.length} definitions, ${states} states, ${outcome}`);
if (problems > 0) process.exitCode = 1;
