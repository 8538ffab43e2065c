import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { LIMITS, limitsOf, UNPUBLISHED } from '../../src/simulator/account-limits.ts';
import { throttleBy } from '../../src/simulator/throttle.ts';

const rates = (...asked: Parameters<typeof limitsOf>) => limitsOf(...asked).map(({ perSecond }) => perSecond);

test('a Region that is named has its own limit, every other the one for the rest', () => {
  expect(rates('sfn:stateTransition', { region: 'eu-west-1' })).toEqual([5000]);
  expect(rates('sfn:stateTransition', { region: 'eu-central-1' })).toEqual([800]);
  expect(rates('sfn:getExecutionHistory', { region: 'eu-west-1' })).toEqual([20]);
  expect(rates('sns:publish', { region: 'eu-central-1' })).toEqual([1500]);
  expect(rates('sns:publish', { region: 'eu-north-1' })).toEqual([300]);
});

test('a call without filter or page takes from the smaller bucket instead, where there is one', () => {
  expect(rates('ec2:describeSnapshots', { region: 'us-east-1' })).toEqual([20]);
  expect(rates('ec2:describeSnapshots', { region: 'us-east-1', unfiltered: true })).toEqual([10]);
  expect(rates('ec2:describeReplaceRootVolumeTasks', { region: 'us-east-1', unfiltered: true })).toEqual([20]);
});

test('a call takes from its own bucket and from the one that its service shares', () => {
  const apis = (api: string) => limitsOf(api, { region: 'us-east-1', unfiltered: true }).map((limit) => limit.api);
  expect(apis('elasticloadbalancingv2:describeTargetHealth')).toEqual([
    'elasticloadbalancingv2:*',
    'elasticloadbalancingv2:describeTargetHealth',
  ]);
  expect(apis('elasticloadbalancingv2:describeListeners')).toEqual(['elasticloadbalancingv2:*']);
});

test('nothing is both published and not', () => {
  const published = new Set(LIMITS.map(({ api }) => api));
  expect(UNPUBLISHED.filter(({ api }) => published.has(api))).toEqual([]);
  expect(limitsOf('ssm:sendCommand', { region: 'us-east-1' })).toEqual([]);
});

test('each call of the state machines has a limit, or is known to have none that AWS publishes', () => {
  const folder = new URL('../../statemachine/', import.meta.url);
  const definitions = readdirSync(folder).filter((name) => name.endsWith('.asl.json'));
  const text = definitions.map((name) => readFileSync(new URL(name, folder), 'utf8')).join('');
  const resources = [...text.matchAll(/arn:aws:states:::(?:aws-sdk:)?([a-z0-9]+:[A-Za-z]+)/g)];
  const called = new Set(resources.map(([, api = '']) => api.replace(/^states:/, 'sfn:')));
  expect(called.size).toBeGreaterThan(30);
  const unpublished = UNPUBLISHED.map(({ api }) => api);
  const unknown = [...called].filter(
    (api) =>
      limitsOf(api, { region: 'us-east-1' }).length === 0 &&
      !unpublished.includes(api) &&
      !unpublished.includes(api.replace(/:.*/, ':*')),
  );
  expect(unknown).toEqual([]);
});

/** How many of so many calls at one moment are taken. */
const takenOf = (calls: number, throttle: ReturnType<typeof throttleBy>, api: string, now: number) =>
  Array.from({ length: calls }, () => throttle.takes(api, now)).filter((isTaken) => isTaken).length;

test('a full bucket takes its burst, and as many a second as come back', () => {
  const throttle = throttleBy('eu-west-1');
  const snapshots = (now: number) => takenOf(200, throttle, 'ec2:createSnapshot', now);
  expect([snapshots(10_000), snapshots(10_000), snapshots(12_000), snapshots(3_600_000)]).toEqual([100, 0, 10, 100]);
});

test('calls of one service share a bucket where AWS has one for all, those of another do not', () => {
  const throttle = throttleBy('eu-west-1');
  expect(takenOf(30, throttle, 'elasticloadbalancingv2:describeTargetHealth', 10_000)).toBe(30);
  expect(takenOf(30, throttle, 'elasticloadbalancingv2:describeTargetGroups', 10_000)).toBe(10);
  expect(takenOf(30, throttle, 'ec2:createTags', 10_000)).toBe(30);
  expect(takenOf(300, throttle, 'ec2:deleteTags', 10_000)).toBe(100);
});

test('what AWS publishes no limit of is never refused', () => {
  expect(takenOf(5000, throttleBy('eu-west-1'), 'ssm:sendCommand', 10_000)).toBe(5000);
});
