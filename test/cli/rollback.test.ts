import { expect, it } from 'vitest';
import { rollbackText } from '../../src/cli/commands/rollback.ts';
import { order } from '../../src/orchestrator/runs/order.ts';
import { planOf } from '../orchestrator/runs/plan-of.ts';

it('says what would be rolled back, a line an instance, and nothing that a terminal obeys', () => {
  const run = {
    runId: 'r-1',
    trigger: { kind: 'person' as const },
    startedAt: '2026-03-10T02:00:00.000Z',
    snapshotId: 's',
  };
  const named = { ...order(planOf([['i-1', 'i-2']]), run), groupName: 'web\u001b[2J' };
  const patched = [
    { instanceId: 'i-2', patchedAt: '2026-03-10T02:20:00.123Z', snapshotId: 'snap-2' },
    { instanceId: 'i-1', patchedAt: '2026-03-10T02:10:00.123Z' },
  ];
  const [what, ...lines] = rollbackText({ order: named, patched }, ['i-1']).split('\n');
  expect(what).toMatch(/^Rolling back run r-1 on web\\x1b\[2J: /);
  expect(lines.slice(2)).toEqual([
    expect.stringMatching(/^INSTANCE +PATCHED +SNAPSHOT/),
    expect.stringMatching(/^i-2 +2026-03-10T02:20:00Z +snap-2$/),
    expect.stringMatching(/^i-1 +2026-03-10T02:10:00Z +no snapshot is kept: left as it is +does not serve: first$/),
  ]);
});
