/** The pages of the console, where the browser begins. */
import { render } from 'preact';
import { startLive } from './data/live.ts';
import { followLinks, usePlace } from './navigation/place.ts';
import { PageAt } from './routes.tsx';
import { Shell } from './shell/shell.tsx';
import './styles.css';

function Console() {
  const { path } = usePlace();
  return (
    <Shell>
      <PageAt path={path} />
    </Shell>
  );
}

followLinks();
startLive();
document.body.replaceChildren();
render(<Console />, document.body);
