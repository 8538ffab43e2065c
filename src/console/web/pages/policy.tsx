import { Heading } from '../shell/heading.tsx';

/** To be built. */
export function PolicyPage() {
  return <Heading title="Policy" />;
}
