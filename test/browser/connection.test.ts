import { expect, it } from 'vitest';
import { pagesBundle } from '../../src/console/server/bundle.ts';
import { memorySource, RUNNING } from '../console/memory-source.ts';
import { served } from '../console/server/served.ts';
import { inBrowser, opens } from './page.ts';

const bundle = await pagesBundle();

inBrowser('a page whose connection is lost', () => {
  it('says that it is stale, and since when, and catches up once the console is back', async () => {
    const source = memorySource();
    const { runs } = source;
    let reason = 'before';
    source.runs = async (query) => {
      const page = await runs(query);
      return { ...page, runs: page.runs.map((row) => ({ ...row, reason })) };
    };
    const first = await served({ source, bundle });
    const page = await opens(first.url);
    await page.getByText('Live', { exact: true }).waitFor();
    await first.close();
    await page.getByText(/Not live since .*What is shown is as of then/).waitFor();
    expect(await page.locator('[data-row]').count()).toBe(2);

    reason = 'meanwhile';
    await served({ source, bundle, port: Number(new URL(first.url).port) });
    await page.getByText('Live', { exact: true }).waitFor();
    await page.getByText('meanwhile').first().waitFor();
    expect(await page.getByText('Not live').count()).toBe(0);
  });

  it('tells of a change as soon as the stream does', async () => {
    const source = memorySource();
    const { url } = await served({ source, bundle });
    const page = await opens(url);
    await page.getByText('Live', { exact: true }).waitFor();
    const { runs } = source;
    // The page looks at everything once more when the stream opens: only what comes behind that is due to the stream.
    for (const reason of ['told first', 'told by the stream']) {
      source.runs = async (query) => {
        const answer = await runs(query);
        return { ...answer, runs: answer.runs.map((row) => ({ ...row, reason })) };
      };
      source.tell({ id: reason, runId: RUNNING });
      await page.getByText(reason).first().waitFor();
    }
  });
});
