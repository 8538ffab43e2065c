import { beforeAll, describe, expect, it } from 'vitest';
import type { Synthesized } from '../../infra/synthesize.ts';
import { compileBaselines } from '../../src/policies/baselines.ts';
import { OPERATING_SYSTEMS } from '../../src/policies/policy.ts';
import { STANDARD_POLICY } from '../../src/policies/standard.ts';
import { environmentOf, policyOf } from '../policies/policy-of.ts';
import { FULL_POLICY, folder, ofType, SYNTHESIS_MS, synthesizeText, textOf } from './template.ts';

let full: Synthesized;
let standard: Synthesized;
const [fullFolder, standardFolder] = [folder(), folder()];
beforeAll(async () => {
  full = await synthesizeText(FULL_POLICY, fullFolder);
  standard = await synthesizeText(STANDARD_POLICY, standardFolder);
}, SYNTHESIS_MS);

const baselinesOf = ({ template }: Synthesized) => ofType(template, 'AWS::SSM::PatchBaseline').map(([, one]) => one);

describe('patch baselines', () => {
  it('are those of the policy, each with the patch group of its environment', () => {
    const policy = policyOf(FULL_POLICY);
    const wanted = ['staging', 'production'].flatMap((name) =>
      compileBaselines(policy, environmentOf(policy, name)).baselines.map((baseline) => ({
        ...baseline,
        PatchGroups: [`drydock-full-${name}`],
      })),
    );
    const made = baselinesOf(full).map(({ Tags, ...rest }) => rest);
    expect(made).toEqual(wanted);
    expect(new Set(made.map(({ OperatingSystem }) => OperatingSystem))).toEqual(new Set(OPERATING_SYSTEMS));
  });

  it('of a patch group are one for each operating system, as Patch Manager demands', () => {
    const pairs = baselinesOf(full).map(({ OperatingSystem, PatchGroups }) => `${PatchGroups} ${OperatingSystem}`);
    expect(new Set(pairs).size).toBe(pairs.length);
  });

  it('approve on Windows and on Linux in the words of each', () => {
    const production = (system: string) =>
      baselinesOf(standard).find(({ Name }) => Name === `drydock-standard-production-${system}`);
    expect(production('windows')).toMatchObject({
      OperatingSystem: 'WINDOWS',
      PatchGroups: ['drydock-standard-production'],
      ApprovalRules: {
        PatchRules: [
          {
            ApproveAfterDays: 0,
            PatchFilterGroup: {
              PatchFilters: [
                { Key: 'PRODUCT', Values: ['*'] },
                { Key: 'CLASSIFICATION', Values: ['SecurityUpdates'] },
                { Key: 'MSRC_SEVERITY', Values: ['Critical'] },
              ],
            },
          },
          { ApproveAfterDays: 7 },
        ],
      },
    });
    expect(JSON.stringify(production('windows'))).not.toContain('EnableNonSecurity');
    expect(production('amazon-linux-2023')).toMatchObject({
      OperatingSystem: 'AMAZON_LINUX_2023',
      ApprovalRules: {
        PatchRules: [
          { ApproveAfterDays: 0, EnableNonSecurity: false },
          { ApproveAfterDays: 7, EnableNonSecurity: true },
        ],
      },
    });
  });

  it('are left out, with the reason, where Patch Manager cannot keep the policy', () => {
    const systems = new Set(baselinesOf(standard).map(({ OperatingSystem }) => OperatingSystem));
    expect([...OPERATING_SYSTEMS].filter((system) => !systems.has(system))).toEqual(['DEBIAN', 'UBUNTU']);
    expect(standard.leftOut.map(({ environment, operatingSystem }) => `${environment} ${operatingSystem}`)).toEqual([
      'staging DEBIAN',
      'staging UBUNTU',
      'production DEBIAN',
      'production UBUNTU',
    ]);
    expect(full.leftOut).toEqual([]);
  });

  it('are made for the systems that are asked for alone', { timeout: SYNTHESIS_MS }, async () => {
    const asked = await synthesizeText(STANDARD_POLICY, folder(), { operatingSystems: ['WINDOWS'] });
    expect(baselinesOf(asked).map(({ Name }) => Name)).toEqual([
      'drydock-standard-staging-windows',
      'drydock-standard-production-windows',
    ]);
    expect(asked.leftOut).toEqual([]);
  });

  it('that are asked for and cannot be made are an error', { timeout: SYNTHESIS_MS }, async () => {
    await expect(synthesizeText(STANDARD_POLICY, folder(), { operatingSystems: ['UBUNTU'] })).rejects.toThrow(
      /staging, UBUNTU: everything-else waits .*unsupportedDelays: pin/,
    );
  });
});

describe('maintenance windows', () => {
  it('open as the schedule says, in its time zone', () => {
    const windows = ofType(full.template, 'AWS::SSM::MaintenanceWindow').map(
      ([, { Description, Tags, ...rest }]) => rest,
    );
    expect(windows).toEqual([
      {
        Name: 'drydock-full-staging',
        Schedule: 'cron(0 2 ? * TUE *)',
        ScheduleTimezone: 'Asia/Tokyo',
        Duration: 4,
        Cutoff: 1,
        AllowUnassociatedTargets: true,
      },
      {
        Name: 'drydock-full-production',
        Schedule: 'cron(0 2 ? * THU *)',
        ScheduleTimezone: 'Europe/Berlin',
        Duration: 6,
        Cutoff: 2,
        AllowUnassociatedTargets: true,
      },
    ]);
  });

  it('start the machine of the window with the environment, and with the window that it is', () => {
    const tasks = ofType(full.template, 'AWS::SSM::MaintenanceWindowTask').map(([, task]) => task);
    expect(tasks).toHaveLength(2);
    for (const [at, environment] of ['staging', 'production'].entries()) {
      const { TaskType, TaskArn, TaskInvocationParameters, ServiceRoleArn, Targets } = tasks[at] ?? {};
      expect(TaskType).toBe('STEP_FUNCTIONS');
      expect(textOf(TaskArn)).toMatch(/:stateMachine:drydock-full-window$/);
      expect(ServiceRoleArn).toEqual({ 'Fn::GetAtt': ['MaintenanceWindowRole', 'Arn'] });
      expect(Targets).toBeUndefined();
      const input = `{"policy":"full","environment":"${environment}","windowId":"{{WINDOW_ID}}","windowExecutionId":"{{WINDOW_EXECUTION_ID}}"}`;
      expect(TaskInvocationParameters).toEqual({ MaintenanceWindowStepFunctionsParameters: { Input: input } });
      expect(input.length).toBeLessThan(4096);
    }
  });

  it('are none where the policy has no schedule', { timeout: SYNTHESIS_MS }, async () => {
    const { template } = await synthesizeText('version: 1\nname: none\n', folder());
    expect(ofType(template, 'AWS::SSM::MaintenanceWindow')).toEqual([]);
    expect(ofType(template, 'AWS::IAM::Role').map(([id]) => id)).not.toContain('MaintenanceWindowRole');
  });
});
