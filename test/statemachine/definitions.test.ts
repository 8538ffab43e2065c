import { describe, expect, it } from 'vitest';
import { STEPS } from '../../src/orchestrator/runs/steps.ts';
import { definition, linkDefinition, readDefinition, STATE_MACHINES } from '../../statemachine/definitions.ts';

const statesOf = (machine: { [key: string]: unknown }): string[] => Object.keys(Object(machine.States));

describe('a definition that is read', () => {
  it.each(STATE_MACHINES)('%s leaves no hole and no unlinked Map', (name) => {
    const text = JSON.stringify(definition(name));
    expect(text).not.toMatch(/\$\{\w+\}/);
    expect(text).not.toContain('Drydock.NotLinked');
  });

  it.each(STATE_MACHINES)('%s asks for JSONata and bounds its own time', (name) => {
    expect(definition(name)).toMatchObject({ QueryLanguage: 'JSONata', TimeoutSeconds: expect.any(Number) });
  });

  it('runs the states of patch-instance in the Maps of rollout and recover', () => {
    for (const name of ['rollout', 'recover'] as const) {
      const text = JSON.stringify(definition(name));
      for (const state of statesOf(definition('patch-instance'))) expect(text).toContain(`"${state}":{`);
    }
  });

  it('fails when it is run unlinked', () => {
    expect(JSON.stringify(readDefinition('rollout'))).toContain('"Error":"Drydock.NotLinked"');
  });

  it('is refused when a name is not given', () => {
    const names = { TableName: 't', PlanFunction: 'p', InstanceFunction: 'i', HookFunction: 'k', NotifyFunction: 'n' };
    // @ts-expect-error the look function is missing on purpose
    expect(() => definition('rollout', names)).toThrow('LookFunction');
  });

  it('links markers only', () => {
    const plain = { ItemProcessor: { StartAt: 'A', States: { A: { Type: 'Pass', Comment: 'linked: x' } } } };
    expect(linkDefinition(plain, () => ({}))).toEqual(plain);
  });
});

describe('the steps that people read', () => {
  it('name every state of patch-instance once, and no other', () => {
    const named: string[] = Object.values(STEPS).flat();
    expect(new Set(named).size).toBe(named.length);
    expect(named.toSorted()).toEqual(statesOf(definition('patch-instance')).toSorted());
  });
});
