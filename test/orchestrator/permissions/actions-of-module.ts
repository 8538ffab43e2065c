/**
 * Which IAM actions a program needs: it is bundled as it is for deployment, so what no path reaches is not in it, and the calls of
 * AWS are found in what is left.
 */
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { actionsOfCall, collected, type NeededAction } from '../../../src/orchestrator/permissions/actions.ts';

/** The clients that stand behind the `Cloud` port, by its names for them. */
const CLOUD: Record<string, string> = {
  autoscaling: 'auto-scaling',
  cloudwatch: 'cloudwatch',
  ec2: 'ec2',
  elasticloadbalancingv2: 'elastic-load-balancing-v2',
  lambda: 'lambda',
  s3: 's3',
  sns: 'sns',
  ssm: 'ssm',
};

/**
 * The actions of a TypeScript entry file and all that it uses, by the files that make the calls (paths from the repository's root).
 * Found are `….<service>.<call>(` of the `Cloud` port, and commands (`SendTaskSuccessCommand`), paginators and calls by name of the SDK's
 * clients: in a file that imports a client, and, of clients that are behind no port, anywhere once some file imports them. That
 * is more rather than less: a port's adapter counts with all of its calls. Rejects when the entry file cannot be bundled.
 */
export async function actionsOfModule(entryFile: string | URL): Promise<NeededAction[]> {
  const { outputFiles } = await build({
    entryPoints: [typeof entryFile === 'string' ? entryFile : fileURLToPath(entryFile)],
    absWorkingDir: fileURLToPath(new URL('../../..', import.meta.url)),
    bundle: true,
    write: false,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    logLevel: 'silent',
  });
  const parts = filesOf(outputFiles[0]?.text ?? '');
  const behindNoPort = parts
    .flatMap(({ text }) => clientsIn(text))
    .filter((client) => !Object.values(CLOUD).includes(client));
  const found = await Promise.all(
    parts.map(async ({ file, text }) => {
      const clients = new Set([...clientsIn(text), ...behindNoPort]);
      return (await callsIn(text, [...clients])).map((action) => [action, file] as const);
    }),
  );
  return collected(found.flat());
}

/** A bundle says of each part which file it is from. */
function filesOf(bundle: string): { file: string; text: string }[] {
  const [, ...pieces] = bundle.split(/^\/\/ (?=\S+\.(?:ts|js|json)$)/m);
  return pieces.map((piece) => {
    const end = piece.indexOf('\n');
    return { file: piece.slice(0, end), text: piece.slice(end + 1) };
  });
}

function clientsIn(text: string): string[] {
  return [...text.matchAll(/["']@aws-sdk\/client-([\w-]+)["']/g)].map(([, client = '']) => client);
}

async function callsIn(text: string, clients: string[]): Promise<string[]> {
  const ofPort = [...text.matchAll(/\.(\w+)\.(\w+)\(/g)].flatMap(([, service = '', call = '']) =>
    Object.hasOwn(CLOUD, service) ? [{ client: CLOUD[service] ?? service, call }] : [],
  );
  const names = [...text.matchAll(/\b(\w+)Command\b|\.(\w+)\(|\bpaginate(\w+)\(/g)].flatMap(
    ([, command, call, paged]) => lowered(command ?? call ?? paged ?? ''),
  );
  const direct = clients.flatMap((client) => names.map((call) => ({ client, call })));
  const real = await Promise.all(
    [...ofPort, ...direct].map(async ({ client, call }) =>
      (await hasCall(client, call)) ? actionsOfCall(client, call) : [],
    ),
  );
  return [...new Set(real.flat())];
}

async function hasCall(client: string, call: string): Promise<boolean> {
  const loaded: unknown = await import(`@aws-sdk/client-${client}`);
  const command = `${call.charAt(0).toUpperCase()}${call.slice(1)}Command`;
  return typeof loaded === 'object' && loaded !== null && command in loaded;
}

function lowered(name: string): string {
  return `${name.charAt(0).toLowerCase()}${name.slice(1)}`;
}
