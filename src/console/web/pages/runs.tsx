import { Heading } from '../shell/heading.tsx';

/** The list of runs. */
export function RunsPage() {
  return <Heading title="Runs" />;
}
