/** EventBridge, as far as commands go: tells whoever listens that a command has ended, on its best effort. */
import type { Invocation } from './model.ts';
import type { SimulatedClock, World } from './world.ts';

/** What EventBridge's rules and targets see of it. */
export interface CommandStatusEvent {
  source: 'aws.ssm';
  'detail-type': 'EC2 Command Invocation Status-change Notification';
  region: string;
  /** ISO 8601, UTC. */
  time: string;
  detail: { 'command-id': string; 'document-name': string; 'instance-id': string; status: string };
}

export type EventListener = (event: CommandStatusEvent) => void;

/** Where events come from. Without a listener nothing is done, and no time passes for it. */
export class EventBus {
  readonly #world: World;
  readonly #clock: SimulatedClock;
  readonly #listeners = new Set<EventListener>();
  #underWay = 0;
  /** The drive that goes on; another one takes its place when the clock that it sleeps by may have stopped. */
  #drive: object | undefined;

  constructor(world: World, clock: SimulatedClock) {
    this.#world = world;
    this.#clock = clock;
  }

  /** Calls `listener` with each event from now on; gives what ends that. */
  listen(listener: EventListener): () => void {
    this.#listeners.add(listener);
    if (this.#underWay > 0) void this.#keepLooking();
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size === 0) this.#drive = undefined;
    };
  }

  /** A command was sent. */
  began(): void {
    this.#underWay += 1;
    if (this.#listeners.size > 0 && this.#drive === undefined) void this.#keepLooking();
  }

  /** A command is over. */
  ended(invocation: Invocation): void {
    this.#underWay -= 1;
    const { random, callFaults, region } = this.#world;
    if (random.chance(callFaults.eventLossRate)) return;
    const event: CommandStatusEvent = {
      source: 'aws.ssm',
      'detail-type': 'EC2 Command Invocation Status-change Notification',
      region,
      time: new Date(this.#world.now).toISOString(),
      detail: {
        'command-id': invocation.commandId,
        'document-name': invocation.document,
        'instance-id': invocation.machine.id,
        status: invocation.status,
      },
    };
    for (const listener of this.#listeners) listener(event);
  }

  /** The world moves only when somebody looks: while a listener waits for a command, this looks whenever something is due. */
  async #keepLooking(): Promise<void> {
    const drive = {};
    this.#drive = drive;
    while (this.#drive === drive && this.#underWay > 0) {
      await this.#nextIsDue();
      this.#world.agenda.settle(this.#clock.now());
    }
    if (this.#drive === drive) this.#drive = undefined;
  }

  /** Resolves when the next thing is due, or when something is entered that is due earlier. */
  #nextIsDue(): Promise<void> {
    const { agenda } = this.#world;
    return new Promise((resolve) => {
      const sooner = new AbortController();
      agenda.sooner = () => {
        sooner.abort();
        resolve();
      };
      if (agenda.next === undefined) return;
      this.#clock.sleep(agenda.next - this.#clock.now(), sooner.signal).then(resolve, resolve);
    });
  }
}
