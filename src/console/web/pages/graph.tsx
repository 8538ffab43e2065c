import { Heading } from '../shell/heading.tsx';

/** To be built. */
export function GraphPage({ runId }: { runId: string }) {
  return <Heading title={`State graph of ${runId}`} />;
}
