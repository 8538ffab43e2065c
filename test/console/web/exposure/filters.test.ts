import { expect, it } from 'vitest';
import {
  exposureAddress,
  filtered,
  filtersOf,
  type Patch,
} from '../../../../src/console/web/pages/exposure/filters.ts';

const openssl: Patch = {
  environment: 'production',
  group: 'web',
  patch: 'openssl.x86_64',
  title: 'openssl.x86_64:0:3.0.17-1.amzn2',
  classification: 'Security',
  severity: 'Critical',
  cves: ['CVE-2026-41001'],
  rule: 'critical-security',
  instances: 3,
  releasedAt: '2026-11-01T00:00:00.000Z',
  ageDays: 3,
  approvedSince: '2026-11-01T00:00:00.000Z',
  heldUntil: null,
  waitsFor: null,
};
const curl: Patch = {
  ...openssl,
  group: 'jobs',
  patch: 'curl.x86_64',
  title: 'curl',
  severity: 'Low',
  cves: [],
  approvedSince: null,
};

const names = (address: string) =>
  filtered([openssl, curl], filtersOf(new URLSearchParams(address))).map(({ patch }) => patch);

it.each([
  ['', ['openssl.x86_64', 'curl.x86_64']],
  ['severity=Low', ['curl.x86_64']],
  ['group=web', ['openssl.x86_64']],
  ['state=held', ['curl.x86_64']],
  ['state=approved&severity=Low', []],
  ['q=cve-2026-41', ['openssl.x86_64']],
  ['q=JOBS', ['curl.x86_64']],
  ['unknown=1&q=%20', ['openssl.x86_64', 'curl.x86_64']],
])('lists by "%s" %j', (address, expected) => {
  expect(names(address)).toEqual(expected);
});

it('keeps the filters in the address', () => {
  const address = exposureAddress({ severity: 'Critical', q: 'a&b', group: '' });
  expect(address).toBe('/exposure?severity=Critical&q=a%26b');
  expect(filtersOf(new URL(address, 'http://console').searchParams)).toEqual({ severity: 'Critical', q: 'a&b' });
});
