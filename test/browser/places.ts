/** Every page of the console, on the demo's story. */
import type { finishedDemo } from './demo.ts';

/** Name and path; what a run shows below its timeline is a page of its own. */
export async function everyPage(
  demo: Awaited<ReturnType<typeof finishedDemo>>,
): Promise<[name: string, path: string][]> {
  const { production, staging, source } = demo;
  const { instances } = await source.run(production);
  const rolledBack = instances.find(({ outcome }) => outcome === 'rolled-back')?.instanceId;
  const views = ['instances', 'patches', 'held', 'plan', 'events'];
  return [
    ['runs', '/'],
    ['no-runs', '/?q=none'],
    ['run-succeeded', `/runs/${staging}`],
    ...views.map((view): [string, string] => [`run-${view}`, `/runs/${production}?view=${view}`]),
    ['instance', `/runs/${production}/instances/${rolledBack}`],
    ['graph', `/runs/${production}/graph`],
    ['graph-of-an-instance', `/runs/${production}/graph?machine=patch-instance`],
    ['exposure', '/exposure'],
    ['policy', '/policy'],
    ['no-such-run', '/runs/none'],
  ];
}
