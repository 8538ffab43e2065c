/**
 * One call for many instances. A large wave asks the same of hundreds of instances within a second, and AWS counts calls, not instances
 * (Elastic Load Balancing allows an account ten a second). A call goes out at once when none of its kind did a moment ago; those that come
 * within that moment gather, the next goes out for all of them, and each gets its own part of the answer.
 */
import type { Clock } from '../../interpreter/ports.ts';
import type { Cloud } from './cloud.ts';
import { SHAREABLE } from './shareable.ts';

/** How calls of one kind are made as one. */
export interface Shareable<Input, Output> {
  /** Only calls with the same key can be one; undefined: this one is made by itself. */
  key(input: Input): string | undefined;
  /** The instances that it asks about. */
  idsOf(input: Input): string[];
  /** Of instances in one call. */
  most: number;
  /** The one call for all these. */
  together(input: Input, ids: string[]): Input;
  /** What the answer says to one who asked about `ids`. */
  part(output: Output, ids: ReadonlySet<string>): Output;
}

/** From one call of a kind to the next: short beside what an instance takes, long enough for many to gather where hundreds are at work. */
const MOMENT_MS = 250;
/** A call that does not answer holds up those that gather behind it for so long. */
const PATIENCE_MS = 1000;

/** What waiting is done by; `sleep` rejects when its signal is aborted. */
type Time = Pick<Clock, 'now' | 'sleep'>;

/** The same cloud, with reads about instances shared among those who ask at about the same time. */
export function sharingCalls(cloud: Cloud, time: Time): Cloud {
  const { autoscaling, ec2, elasticloadbalancingv2, ssm } = cloud;
  const share = <Input, Output>(call: (input: Input) => Promise<Output>, how: Shareable<Input, Output>) =>
    shared(call, how, time);
  return over(cloud, {
    autoscaling: over(autoscaling, {
      describeAutoScalingInstances: share(
        (input) => autoscaling.describeAutoScalingInstances(input),
        SHAREABLE.autoscaling.describeAutoScalingInstances,
      ),
    }),
    ec2: over(ec2, {
      describeInstances: share((input) => ec2.describeInstances(input), SHAREABLE.ec2.describeInstances),
    }),
    elasticloadbalancingv2: over(elasticloadbalancingv2, {
      describeTargetHealth: share(
        (input) => elasticloadbalancingv2.describeTargetHealth(input),
        SHAREABLE.elasticloadbalancingv2.describeTargetHealth,
      ),
    }),
    ssm: over(ssm, {
      describeInstanceInformation: share(
        (input) => ssm.describeInstanceInformation(input),
        SHAREABLE.ssm.describeInstanceInformation,
      ),
      describeInstancePatchStates: share(
        (input) => ssm.describeInstancePatchStates(input),
        SHAREABLE.ssm.describeInstancePatchStates,
      ),
    }),
  });
}

/** `base` with some of its members changed. It may be a proxy, whose members are there only when they are asked for. */
function over<Base extends object>(base: Base, changed: Partial<Base>): Base {
  return new Proxy(base, {
    get: (_, name) => (Object.hasOwn(changed, name) ? Reflect.get(changed, name) : Reflect.get(base, name)),
  });
}

interface Asked<Input, Output> {
  input: Input;
  resolve(output: Output): void;
  reject(error: unknown): void;
}

/** The calls of one key: the last one, and who gathers behind it. */
interface Line<Input, Output> {
  beganAt: number;
  /** Resolves when it is over; undefined once it is. */
  underWay: Promise<void> | undefined;
  gathered: Asked<Input, Output>[];
}

function shared<Input, Output>(
  call: (input: Input) => Promise<Output>,
  how: Shareable<Input, Output>,
  time: Time,
): (input: Input) => Promise<Output> {
  const lines = new Map<string, Line<Input, Output>>();

  const goOut = (line: Line<Input, Output>, asked: Asked<Input, Output>[]) => {
    line.beganAt = time.now();
    const made = makeAsOne(call, how, asked).then(() => {
      if (line.underWay === made) line.underWay = undefined;
    });
    line.underWay = made;
  };

  /** A clock may be set back: then it is as if nothing had gone out. */
  const restOfMoment = ({ beganAt }: Line<Input, Output>) => {
    const passed = time.now() - beganAt;
    return passed >= 0 && passed < MOMENT_MS ? MOMENT_MS - passed : 0;
  };

  /** Lets those that gather go, so many at once as may, until none is left. */
  const letGo = async (line: Line<Input, Output>) => {
    while (line.gathered.length > 0) {
      if (line.underWay !== undefined) await atMost(PATIENCE_MS, line.underWay, time);
      await time.sleep(restOfMoment(line));
      goOut(line, upTo(how, line.gathered));
    }
  };

  return (input) => {
    const key = how.key(input);
    // Asked about no instance, AWS tells of all.
    if (key === undefined || how.idsOf(input).length === 0) return call(input);
    const line = lines.get(key) ?? { beganAt: Number.NEGATIVE_INFINITY, underWay: undefined, gathered: [] };
    lines.set(key, line);
    return new Promise((resolve, reject) => {
      const asked = { input, resolve, reject };
      if (line.underWay === undefined && restOfMoment(line) === 0 && line.gathered.length === 0) goOut(line, [asked]);
      else if (line.gathered.push(asked) === 1) void letGo(line);
    });
  };
}

/** Resolves with `work`, or after so long without it. */
async function atMost(ms: number, work: Promise<void>, time: Time): Promise<void> {
  const over = new AbortController();
  const patience = time.sleep(ms, over.signal).catch(() => {});
  await Promise.race([work, patience]);
  over.abort(ANSWERED);
}

const ANSWERED = new Error('the call was answered');

/** Takes from those who wait as many as one call may ask for; at least one. */
function upTo<Input, Output>(how: Shareable<Input, Output>, waiting: Asked<Input, Output>[]): Asked<Input, Output>[] {
  let ids = 0;
  const over = waiting.findIndex(({ input }, at) => {
    ids += how.idsOf(input).length;
    return ids > how.most && at > 0;
  });
  return waiting.splice(0, over === -1 ? waiting.length : over);
}

/** Never rejects: each who asked is told. */
async function makeAsOne<Input, Output>(
  call: (input: Input) => Promise<Output>,
  how: Shareable<Input, Output>,
  asked: Asked<Input, Output>[],
): Promise<void> {
  const [first, ...others] = asked;
  if (first === undefined) return;
  if (others.length === 0) return tell(first, call(first.input));
  const ids = new Set(asked.flatMap(({ input }) => how.idsOf(input)));
  try {
    const output = await call(how.together(first.input, [...ids]));
    if (hasMore(output)) throw new MorePages();
    for (const { input, resolve } of asked) resolve(how.part(output, new Set(how.idsOf(input))));
  } catch (error) {
    if (error instanceof MorePages || mayBeOfOne(error))
      await Promise.all(asked.map((each) => tell(each, call(each.input))));
    else for (const { reject } of asked) reject(error);
  }
}

/** AWS may give fewer than were asked for: who is not on this page is not gone. */
class MorePages extends Error {}

function hasMore(output: unknown): boolean {
  return typeof output === 'object' && output !== null && 'NextToken' in output && Boolean(output.NextToken);
}

async function tell<Input, Output>(asked: Asked<Input, Output>, answer: Promise<Output>): Promise<void> {
  await answer.then(asked.resolve, asked.reject);
}

/** AWS refuses a call whole when it does not know one instance of it (InvalidTarget, InvalidInstanceId, InvalidInstanceID.NotFound, ValidationError). */
function mayBeOfOne(error: unknown): boolean {
  return error instanceof Error && /Invalid|Validation|NotFound/.test(error.name);
}
