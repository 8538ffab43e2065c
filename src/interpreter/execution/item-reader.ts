import { MOST_ITEMS } from '../definition/schema.ts';
import type { ItemReader } from '../definition/types.ts';
import { type Json, TaskFailure } from '../ports.ts';
import { StateFailure } from './failure.ts';
import { parseJson } from './payload.ts';
import { withinTime } from './task.ts';
import type { Visit } from './visit.ts';

/** What an ItemReader is to read. */
export interface ItemSource {
  readonly resource: string;
  readonly bucket: string;
  readonly key: string;
  readonly maxItems: number;
}

/** Step Functions gives no limit; without one a connection that hangs would hang the execution. */
const READ_SECONDS = 60;

/** Evaluates an ItemReader's fields. */
export async function itemSource(visit: Visit, { resource, bucket, key, maxItems }: ItemReader): Promise<ItemSource> {
  return {
    resource,
    bucket: await visit.scalar(bucket, 'string'),
    key: await visit.scalar(key, 'string'),
    maxItems:
      maxItems === undefined
        ? MOST_ITEMS
        : await visit.wholeNumber(maxItems, 'ItemReader/ReaderConfig/MaxItems', 1, MOST_ITEMS),
  };
}

/**
 * Reads the items. As in Step Functions no event tells of it, so a run over the journal of a Map Run that had not ended reads again: the
 * object has to stay as it is while the execution lasts. Throws States.ItemReaderFailed.
 */
export async function readItems(visit: Visit, source: ItemSource): Promise<readonly Json[]> {
  const items = parsed(visit, source, await objectText(visit, source));
  // An object's members would be items too in Step Functions.
  if (!Array.isArray(items)) throw readerFailed(visit, source, 'it is JSON, but not an array');
  return items.slice(0, source.maxItems);
}

async function objectText(visit: Visit, source: ItemSource): Promise<string> {
  const { strand } = visit;
  const request = {
    resource: source.resource,
    arguments: { Bucket: source.bucket, Key: source.key },
    stateName: visit.state.name,
    executionArn: strand.run.identity.executionArn,
  };
  try {
    return bodyOf(await withinTime(strand, request, READ_SECONDS));
  } catch (error) {
    strand.signal.throwIfAborted();
    if (!(error instanceof TaskFailure)) throw error;
    const why = error.error === 'States.Timeout' ? `no answer within ${READ_SECONDS} s` : error.message;
    throw readerFailed(visit, source, why);
  }
}

function bodyOf(output: Json): string {
  const body = typeof output === 'object' && output !== null && 'Body' in output ? output.Body : undefined;
  if (typeof body !== 'string') throw new Error('s3:getObject gave no text as Body');
  return body;
}

function parsed(visit: Visit, source: ItemSource, text: string): Json {
  try {
    return parseJson(text);
  } catch (error) {
    throw readerFailed(visit, source, `it is not JSON: ${error instanceof Error ? error.message : error}`);
  }
}

function readerFailed({ state, entered }: Visit, { bucket, key }: ItemSource, why: string): StateFailure {
  return new StateFailure(
    'States.ItemReaderFailed',
    `An error occurred while executing the state '${state.name}' (entered at the event id #${entered.id}). ` +
      `The items could not be read from s3://${bucket}/${key}: ${why}`,
  );
}
