import { describe, expect, it } from 'vitest';
import { renderPlan } from '../../../src/orchestrator/plan/render.ts';
import type { Plan } from '../../../src/orchestrator/plan/types.ts';
import { fleet, HELD, instance, patch, planFor, policy, several } from './fleets.ts';

const plain = (plan: Plan, width = 120) => renderPlan(plan, { color: false, width });
const ansi = new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m`, 'g');

const BUSY = planFor({
  fleet: fleet(
    [
      ...several(4, { missing: [patch(), HELD] }),
      instance('i-08', { missing: [] }),
      instance('i-09', { agent: { pingStatus: 'ConnectionLost' } }),
      instance('i-10', { agent: { pingStatus: 'ConnectionLost' } }),
    ],
    { min: 7 },
  ),
});

describe('a plan as text', () => {
  it('says all that a person asks, in that order', () => {
    expect(
      plain(BUSY),
    ).toBe(`web (eu-west-1) in production, by policy web (${policy().fingerprint}), as of 2026-03-10T00:00:00.000Z
7 of 7 in service (min 7, max 9); at most 1 out at a time, never fewer than 6 in service, minimum 7 lowered to 6 for the
    run
isolation detach: out of reach of scale-in and health checks while open; scale-in protection is lost and set again
rollback restore: the root volume goes back to its snapshot; where that fails, a replacement comes from the launch
    template, unpatched

Problems
  warning  the minimum of 7 would refuse to let an instance out, so it is 6 during the run
           → Nothing: it is put back at the end. [minimum-lowered]
  warning  i-09, i-10: not touched, its SSM agent is ConnectionLost, so no command reaches it
           → Restart the agent on it, or let the group replace the instance. [agent-offline]

Wave 1, canary: 1 instance, 1 at a time
  i-01  eu-west-1a  AMAZON_LINUX_2
    + openssl.x86_64  Security/Critical  CVE-2026-0001
      openssl.x86_64:0:1.2-3; critical, approved since 2026-02-01T00:00:00.000Z

Wave 2: 3 instances, 1 at a time
  i-02  eu-west-1b  AMAZON_LINUX_2
  i-03  eu-west-1c  AMAZON_LINUX_2
  i-04  eu-west-1a  AMAZON_LINUX_2
    + openssl.x86_64  Security/Critical  CVE-2026-0001
      openssl.x86_64:0:1.2-3; critical, approved since 2026-02-01T00:00:00.000Z

Held
  - zlib.x86_64  Security/Low  CVE-2026-0001, missing on i-01, i-02, i-03 and 1 more
    others approves it in production at 2026-03-12T00:00:00.000Z, 7d after its release

Untouched
  nothing is missing: i-08 (eu-west-1a)
  its SSM agent is ConnectionLost, so no command reaches it: i-09 (eu-west-1a), i-10 (eu-west-1a)

4 instances to patch, 3 untouched; about 62m; on Step Functions about 228 state transitions, $0.0057.
`);
  });

  it('says that there is nothing to do', () => {
    expect(plain(planFor({ fleet: fleet(several(2, { missing: [] })) })).endsWith('\nNothing to do.\n')).toBe(true);
  });

  it('says that it is not run as it is, errors first', () => {
    const text = plain(planFor({ fleet: fleet(several(4), { instanceRefresh: 'Baking', warmPool: true }) }));
    expect(text.indexOf('  error    an instance refresh')).toBeLessThan(
      text.indexOf('  warning  the group has a warm'),
    );
    expect(text.endsWith('\nNot run with 1 error.\n')).toBe(true);
  });

  it.each([40, 60, 100])('keeps to %i columns and leaves nothing out', (width) => {
    const cves = Array.from({ length: 40 }, (_, at) => `CVE-2026-${1000 + at}`);
    const plan = planFor({ fleet: fleet(several(4, { missing: [patch('kernel.x86_64', { cves })] })) });
    const text = plain(plan, width);
    expect(Math.max(...text.split('\n').map(({ length }) => length))).toBeLessThanOrEqual(width);
    for (const cve of cves) expect(text).toContain(cve);
    expect(text.replace(/\s+/g, '')).toBe(plain(plan, 500).replace(/\s+/g, ''));
  });

  it('says the same in colour', () => {
    const colored = renderPlan(BUSY, { color: true, width: 80 });
    expect(colored).toMatch(ansi);
    expect(colored.replace(ansi, '')).toBe(plain(BUSY, 80));
  });

  it('shows what AWS says without obeying it', () => {
    const hostile = '\x1b[2J\x1b]0;pwned\x07\u202e\r\nerror';
    const plan = planFor({
      fleet: fleet(
        [
          ...several(3),
          instance('i-9', {
            az: hostile,
            missing: [patch(hostile, { title: hostile, cves: [hostile], classification: hostile })],
          }),
        ],
        { name: hostile },
      ),
    });
    const text = renderPlan(plan, { color: false, width: 200 });
    expect(text).not.toMatch(/[^\P{Cc}\n]|\u202e/u);
    expect(text).toContain('\\x1b[2J');
    expect(text.split('\n').filter((line) => line.startsWith('error'))).toEqual([]);
  });
});
