import { Moment } from '../jsonata/moment.ts';
import type { ExecutionIdentity, HistoryEvent, Host, Json } from '../ports.ts';
import { abortable, SiblingFailed, untilAborted } from './abort.ts';

/** What all strands of one execution share. */
export interface Run {
  readonly identity: ExecutionIdentity;
  readonly host: Host;
  /** From the execution's ARN. */
  readonly partition: string;
  readonly region: string;
  readonly account: string;
}

export interface AppendOptions {
  /** False for events that AWS does not make the previous event of the next one (MapStateSucceeded …). Default true. */
  advance?: boolean;
  /** Where AWS ties the event to another one than the strand's last. */
  previous?: number;
  /** For events that tell of the abort itself. */
  evenAborted?: boolean;
}

/**
 * One line of an execution: the main one, a branch of a Parallel, an iteration of a Map. It owns what moves along it: the event
 * that the next one follows, the variables, and the moment (time and dice) that expressions see.
 */
export class Strand {
  readonly run: Run;
  readonly name: string;
  readonly signal: AbortSignal;
  readonly mapContext: Json | undefined;
  variables: Readonly<Record<string, Json>>;
  /** Id of the event that the next one names as its previous. */
  previous: number;
  moment: Moment;
  #position = 0;
  #fanOuts = 0;

  constructor(
    run: Run,
    origin: {
      name: string;
      signal: AbortSignal;
      variables: Readonly<Record<string, Json>>;
      previous: number;
      now: number;
      mapContext: Json | undefined;
    },
  ) {
    this.run = run;
    this.name = origin.name;
    this.signal = origin.signal;
    this.variables = origin.variables;
    this.previous = origin.previous;
    this.mapContext = origin.mapContext;
    this.moment = this.#momentAt(origin.now);
  }

  /** Appends an event to the history (on replay: steps over the recorded one) and moves the strand's moment to it. */
  append(type: string, details?: { [key: string]: Json }, options: AppendOptions = {}): HistoryEvent {
    if (options.evenAborted !== true) this.signal.throwIfAborted();
    const event = this.run.host.journal.append({
      strand: this.name,
      previousEventId: options.previous ?? this.previous,
      type,
      ...(details === undefined ? {} : { details: { name: detailsName(type), value: details } }),
    });
    this.#position += 1;
    this.moment = this.#momentAt(event.timestamp);
    if (options.advance !== false) this.previous = event.id;
    return event;
  }

  /** Whether a sibling's failure ended this strand: that is told by …Aborted events. */
  get cutOff(): boolean {
    return this.signal.aborted && this.signal.reason instanceof SiblingFailed;
  }

  /** The strand's next recorded event, when a journal is being replayed. */
  peek(): HistoryEvent | undefined {
    return this.run.host.journal.peek(this.name);
  }

  /**
   * To be awaited before anything that touches the world. A strand whose next recorded event tells of its abort was
   * cut off here before: it waits for the sibling's failure, which is recorded too, rather than act once more.
   */
  async edge(): Promise<void> {
    const next = this.peek()?.type;
    if (next !== undefined && /(State|Iteration)Aborted$/.test(next)) await untilAborted(this.signal);
  }

  /** Sleeps until a time that follows from the journal; not at all when what came after is recorded. */
  async sleepUntil(at: number): Promise<void> {
    await this.edge();
    if (this.peek() === undefined) {
      const { clock } = this.run.host;
      await abortable(clock.sleep(Math.max(0, at - clock.now()), this.signal), this.signal);
    }
    this.#position += 1;
    this.moment = this.#momentAt(Math.max(at, this.moment.now));
  }

  /**
   * A name for the next Parallel or Map of this strand, under which its branches and iterations have theirs. It counts the
   * strand's own, so that it is the same on every run over the journal however strands interleave.
   */
  nextFanOut(stateName: string): string {
    this.#fanOuts += 1;
    return `${this.name === '' ? '' : `${this.name}/`}${stateName}#${this.#fanOuts}`;
  }

  /** Something that only this point of this execution has: what names and tokens are derived from. */
  get place(): string {
    return `${this.run.identity.executionArn}|${this.name}|${this.#position}`;
  }

  #momentAt(now: number): Moment {
    return new Moment(now, this.place);
  }
}

const detailsNames = new Map<string, string>();

/** The name of the `…EventDetails` member of a type of event: all states share two. */
function detailsName(type: string): string {
  const known = detailsNames.get(type);
  if (known !== undefined) return known;
  const shared = type.replace(/^\w+State(Entered|Exited)$/, 'State$1');
  const name = `${shared.charAt(0).toLowerCase()}${shared.slice(1)}EventDetails`;
  detailsNames.set(type, name);
  return name;
}
