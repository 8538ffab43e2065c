/** Which page stands at which address. */
import { pathParts } from './navigation/path.ts';
import { ExposurePage } from './pages/exposure.tsx';
import { GraphPage } from './pages/graph.tsx';
import { InstancePage } from './pages/instance.tsx';
import { NotFoundPage } from './pages/not-found.tsx';
import { PolicyPage } from './pages/policy.tsx';
import { RunPage } from './pages/run.tsx';
import { RunsPage } from './pages/runs.tsx';

/** The page at `path`. */
export function PageAt({ path }: { path: string }) {
  const [room, runId, part, instanceId, ...rest] = pathParts(path) ?? ['?'];
  if (room === undefined) return <RunsPage />;
  if (rest.length > 0) return <NotFoundPage />;
  if (room === 'exposure' && runId === undefined) return <ExposurePage />;
  if (room === 'policy' && runId === undefined) return <PolicyPage />;
  if (room !== 'runs') return <NotFoundPage />;
  if (runId === undefined) return <RunsPage />;
  if (part === undefined) return <RunPage key={runId} runId={runId} />;
  if (part === 'graph' && instanceId === undefined) return <GraphPage key={runId} runId={runId} />;
  if (part === 'instances' && instanceId !== undefined) {
    return <InstancePage key={path} runId={runId} instanceId={instanceId} />;
  }
  return <NotFoundPage />;
}
