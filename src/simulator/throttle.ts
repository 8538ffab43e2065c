/** What an account's default limits refuse, as AWS's token buckets do. */
import { limitsOf } from './account-limits.ts';

interface Bucket {
  perSecond: number;
  most: number;
  tokens: number;
  at: number;
}

/** Whether a call is within the limits of the account in a Region; each that is takes its tokens. */
export interface Throttle {
  /** `now` in ms; times never go back. */
  takes(api: string, now: number): boolean;
}

/** Gives buckets that are full; limits that count something else than calls are left out. */
export function throttleBy(region: string): Throttle {
  const buckets = new Map<string, Bucket>();
  const ofApi = new Map<string, Bucket[]>();
  const bucketsOf = (api: string): Bucket[] =>
    limitsOf(api, { region })
      .filter(({ unit }) => unit === undefined)
      .map(({ api: of, perSecond, burst = perSecond }) => {
        const bucket = buckets.get(of) ?? { perSecond, most: burst, tokens: burst, at: 0 };
        buckets.set(of, bucket);
        return bucket;
      });
  return {
    takes: (api, now) => {
      const taken = ofApi.get(api) ?? bucketsOf(api);
      ofApi.set(api, taken);
      for (const bucket of taken) fill(bucket, now);
      const passes = taken.every(({ tokens }) => tokens >= 1);
      if (passes) for (const bucket of taken) bucket.tokens -= 1;
      return passes;
    },
  };
}

function fill(bucket: Bucket, now: number): void {
  bucket.tokens = Math.min(bucket.most, bucket.tokens + ((now - bucket.at) / 1000) * bucket.perSecond);
  bucket.at = now;
}
