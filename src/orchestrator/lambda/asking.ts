/** How a look at an instance asks: what fails says what could not be read. */
import type { Cloud } from '../aws/cloud.ts';
import { isThrottled } from '../aws/explain.ts';
import type { HealthResult } from '../health/result.ts';
import { shortened } from '../printable.ts';
import { withoutSecrets } from '../secrets.ts';

export type LookCloud = Pick<Cloud, 'autoscaling' | 'cloudwatch' | 'ec2' | 'elasticloadbalancingv2' | 'ssm'>;

export interface Ask {
  /** Waits for `answer`; `what` begins the message of its failure. */
  say<T>(what: string, answer: Promise<T>): Promise<T>;
  /** Makes a call to AWS; `what` begins the message of a failure. */
  aws<T>(what: string, call: (cloud: LookCloud) => Promise<T>): Promise<T>;
  /** Asks the health function. */
  check(input: object): Promise<HealthResult>;
}

export interface Asked {
  cloud: LookCloud;
  checkHealth(input: unknown, signal: AbortSignal): Promise<HealthResult>;
  waitFor<T>(call: Promise<T>): Promise<T>;
}

/** A failure's cause has its message twice, and Step Functions cuts a cause at 32,768 characters: cut, it is no JSON. */
const LONGEST = 2000;

/**
 * By its name Step Functions, too, knows that the message of a failure is made for people; and whether AWS throttles the calls of the
 * account: then it is tried for minutes, because an account's limits are the same for all that is at work in it.
 */
export class LookFailed extends Error {
  override name: 'LookFailed' | 'LookThrottled';
  constructor(message: string, { throttled }: { throttled: boolean }) {
    super(message);
    this.name = throttled ? 'LookThrottled' : 'LookFailed';
  }
}

/** The message of a failed look; rejects with any other error. */
export function troubleOf(error: unknown): string {
  if (error instanceof LookFailed) return error.message;
  throw error;
}

/** The same, but of what was throttled nothing is said: it rejects, to be asked again. */
export function troubleUnlessThrottled(error: unknown): string {
  if (error instanceof LookFailed && error.name === 'LookThrottled') throw error;
  return troubleOf(error);
}

/** Asks until `signal` is aborted; then rejects with its reason. */
export function asking({ cloud, checkHealth, waitFor }: Asked, signal: AbortSignal): Ask {
  const orSay = async <T>(what: string, answer: Promise<T>): Promise<T> => {
    try {
      return await answer;
    } catch (error) {
      signal.throwIfAborted();
      const why = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
      // AWS repeats a request that it refuses; this goes into a history.
      throw new LookFailed(shortened(`${what}: ${withoutSecrets(why)}`, LONGEST), { throttled: isThrottled(error) });
    }
  };
  return {
    say: orSay,
    aws: (what, call) => orSay(what, waitFor(call(cloud))),
    check: (input) => orSay('the health check could not be made', checkHealth(input, signal)),
  };
}
