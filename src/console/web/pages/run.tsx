import { Heading } from '../shell/heading.tsx';

/** A run. */
export function RunPage({ runId }: { runId: string }) {
  return <Heading title={runId} />;
}
