/** An address at which nothing stands. */
import { Heading } from '../shell/heading.tsx';
import { Nothing } from '../states/states.tsx';

/** Says so, and leads back. */
export function NotFoundPage() {
  return (
    <>
      <div class="page-head">
        <Heading title="Not found" />
      </div>
      <div class="panel">
        <Nothing title="There is no such page">
          <p>
            The address may have been cut short. <a href="/">All runs</a> are a good place to begin.
          </p>
        </Nothing>
      </div>
    </>
  );
}
