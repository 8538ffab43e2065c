import { fleetMapOf, taskOf } from './states.ts';

/** What the victim runs: two tasks for each of the items, three items at a time. */
export const VOYAGE = {
  QueryLanguage: 'JSONata',
  StartAt: 'Fleet',
  States: {
    Fleet: fleetMapOf(
      'Out',
      {
        Out: taskOf('Back', { Arguments: { out: '{% $states.input %}' }, Output: '{% $states.input %}' }),
        Back: taskOf(undefined, { Arguments: { back: '{% $states.input %}' }, Output: '{% $states.input %}' }),
      },
      { MaxConcurrency: 3 },
    ),
  },
};
