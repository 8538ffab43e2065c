import { Heading } from '../shell/heading.tsx';

/** To be built. */
export function ExposurePage() {
  return <Heading title="Exposure" />;
}
