import { describe, expect, it } from 'vitest';
import { linkDefinition, readDefinition, STATE_MACHINES } from '../../../statemachine/definitions.ts';
import { lint } from '../../../statemachine/lint/lint.ts';
import { done, machine, task } from './machines.ts';

describe('the lint', () => {
  it('has nothing to say of a correct machine', async () => {
    expect(await lint(machine({ Work: task(), Done: done }))).toEqual([]);
  });

  it.each([
    ['a state that nobody leads to', { Work: task(), Done: done, Lost: { Type: 'Succeed' } }],
    ['a next state that is not there', { Work: task({ Next: 'Gone' }), Done: done }],
    ['a field that is not known', { Work: task({ Timeout: 3 }), Done: done }],
    ['no states', {}],
  ])('says what Step Functions refuses: %s', async (_, states) => {
    expect(await lint(machine(states))).not.toEqual([]);
  });

  it('says that a name is there twice once the machine is linked', async () => {
    const inside = { StartAt: 'Work', States: { Work: { Type: 'Pass', End: true } } };
    const all = [{ ErrorEquals: ['States.ALL'], Next: 'Done' }];
    const linked = machine({
      Work: task({ Next: 'Each' }),
      Each: { Type: 'Map', ItemProcessor: inside, Catch: all, Next: 'Done' },
      Done: done,
    });
    const messages = (await lint(machine({ Work: task(), Done: done }), linked)).map(({ message }) => message);
    expect(messages).toEqual(['A state with this name already exists: Work']);
  });

  it('says that a machine is too long', async () => {
    const long = { ...machine({ Work: task(), Done: done }), Comment: 'x'.repeat(1_000_000) };
    expect(await lint(long)).toEqual([
      { state: '', field: '', message: expect.stringMatching(/^it has 10\d{5} bytes/) },
    ]);
  });
});

describe('our state machines', () => {
  it.each(STATE_MACHINES)('%s has nothing to mend', async (name) => {
    const definition = readDefinition(name);
    expect(await lint(definition, linkDefinition(definition, readDefinition))).toEqual([]);
  });
});
