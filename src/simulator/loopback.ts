/** Gives every simulated machine a real HTTP server on this computer, which is there and answers as the machine would. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { appStatus } from './machines.ts';
import type { Machine } from './model.ts';
import type { SimulatedCloud } from './simulated-cloud.ts';

export interface Loopback {
  /** Where a machine's application is reached on this computer; undefined: no machine has that address and port. */
  address(privateIp: string, port: number): { host: string; port: number } | undefined;
  /** Stops all servers, open connections included. */
  close(): Promise<void>;
}

const HOST = '127.0.0.1';
/** How often, in real time, the machines are looked at when nobody calls the cloud. */
const LOOK_MS = 50;

/** Serves every machine that there is and every one that is launched later. Rejects when a port cannot be had. */
export async function serveOnLoopback(cloud: SimulatedCloud): Promise<Loopback> {
  const listeners = new Map<string, Listener>();
  const serve = (machine: Machine): Listener => {
    const known = listeners.get(machine.id) ?? new Listener(cloud, machine);
    listeners.set(machine.id, known);
    known.follow();
    return known;
  };
  const stopWatching = cloud.watchMachines(serve);
  const timer = setInterval(() => cloud.settle(), LOOK_MS);
  timer.unref();
  await Promise.all([...cloud.world.machines.values()].map((machine) => serve(machine).settled));
  return {
    address(privateIp, port) {
      const machine = cloud.world.byAddress.get(privateIp);
      const listener = machine?.template.appPort === port ? listeners.get(machine.id) : undefined;
      return listener === undefined ? undefined : { host: HOST, port: listener.port };
    },
    async close() {
      stopWatching();
      clearInterval(timer);
      await Promise.all([...listeners.values()].map((listener) => listener.close()));
    },
  };
}

/** One machine's server: open while the machine's application listens, closed (connection refused) while it does not. */
class Listener {
  readonly #cloud: SimulatedCloud;
  readonly #machine: Machine;
  #server: Server | undefined;
  #closed = false;
  /** Opening and closing, one after the other. */
  settled: Promise<void> = Promise.resolve();
  /** Stays the same from one opening to the next; 0 until the first. */
  port = 0;

  constructor(cloud: SimulatedCloud, machine: Machine) {
    this.#cloud = cloud;
    this.#machine = machine;
  }

  /** Opens or closes the server as the machine is now. */
  follow(): void {
    this.settled = this.settled.then(() => this.#adjust());
  }

  close(): Promise<void> {
    this.#closed = true;
    this.follow();
    return this.settled;
  }

  async #adjust(): Promise<void> {
    const listens = !this.#closed && appStatus(this.#machine) !== undefined;
    if (listens && this.#server === undefined) await this.#open();
    else if (!listens && this.#server !== undefined) await this.#shut(this.#server);
  }

  async #open(): Promise<void> {
    const server = createServer((request, response) => this.#answer(request, response));
    this.port = await listen(server, this.port);
    server.unref();
    this.#server = server;
  }

  #shut(server: Server): Promise<void> {
    this.#server = undefined;
    server.closeAllConnections();
    return new Promise((resolve) => server.close(() => resolve()));
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const { privateIp, template } = this.#machine;
    try {
      const answer = this.#cloud.respond({ host: privateIp, port: template.appPort, path: request.url ?? '/' });
      response.writeHead(answer.status, { ...answer.headers, connection: 'close' }).end(answer.body);
    } catch {
      // The machine went down since the connection was made: what a client then sees is a connection cut off.
      request.socket.destroy();
    }
  }
}

/** Listens on `port`, or on another one where somebody else has taken it meanwhile; gives the port. */
function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => {
      if (port === 0) reject(error);
      else listen(server, 0).then(resolve, reject);
    });
    server.listen(port, HOST, () => {
      const address = server.address();
      if (address !== null && typeof address === 'object') resolve(address.port);
      else reject(new Error(`The server for port ${port} has no address.`));
    });
  });
}
