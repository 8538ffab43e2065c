import { describe, expect, it } from 'vitest';
import { drydock } from './drydock.ts';

describe('drydock render', () => {
  it('prints the linked rollout as Amazon States Language', () => {
    const { code, stdout } = drydock(['render', 'asl']);
    expect(code).toBe(0);
    const asl = JSON.parse(stdout);
    expect(asl).toMatchObject({ QueryLanguage: 'JSONata', StartAt: 'Ordered' });
    expect(stdout).toContain('"SendPatchCommand"');
    expect(stdout).not.toMatch(/\$\{\w+\}/);
  });

  it('prints the template that would be deployed, without AWS', { timeout: 60_000 }, () => {
    const { code, stdout, stderr } = drydock(['render', 'template', '--bucket', 'artifacts'], {
      env: { AWS_ENDPOINT_URL: 'http://127.0.0.1:1' },
    });
    expect(code).toBe(0);
    const { Resources } = JSON.parse(stdout);
    expect(Resources.Table).toMatchObject({
      Type: 'AWS::DynamoDB::Table',
      Properties: { TableName: 'drydock-standard' },
    });
    expect(JSON.stringify(Resources.PlanFunction.Properties.Code)).toContain('artifacts');
    // What the policy leaves out is said, once for each system.
    expect(
      stderr.match(/^no patch baseline for UBUNTU in staging and production: .*; set patches\.unsupportedDelays/gm),
    ).toHaveLength(1);
  });

  it('prints the patch baselines, and what none can say with the way out', () => {
    const { code, stdout, stderr } = drydock(['render', 'baselines']);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)[0]).toHaveProperty('Name');
    expect(stderr).toMatch(/^no baseline for UBUNTU in staging: .*; set patches\.unsupportedDelays/m);
  });

  it('prints the other machines by name', () => {
    const { stdout } = drydock(['render', 'asl', 'patch-instance']);
    expect(JSON.parse(stdout).States).toHaveProperty('SendPatchCommand');
  });

  it('draws every state and every way between them', () => {
    const { stdout } = drydock(['render', 'diagram', 'patch-instance']);
    const { States } = JSON.parse(drydock(['render', 'asl', 'patch-instance']).stdout);
    expect(stdout).toMatch(/^stateDiagram-v2\n {2}\[\*\] --> Begin\n/);
    expect(Object.keys(States).length).toBeGreaterThan(20);
    for (const name of Object.keys(States)) expect(stdout).toContain(`state "${name}" as ${name}`);
    expect(stdout).toMatch(/SendPatchCommand --> \w+ : catch States\.ALL/);
  });

  it('draws the instances that a wave has in hand inside it', () => {
    expect(drydock(['render', 'diagram']).stdout).toMatch(/state (\w+) \{\n\s+\[\*\] --> \1_Begin/);
  });
});
