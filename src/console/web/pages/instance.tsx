import { Heading } from '../shell/heading.tsx';

/** To be built. */
export function InstancePage({ runId, instanceId }: { runId: string; instanceId: string }) {
  return <Heading title={`${instanceId} in ${runId}`} />;
}
