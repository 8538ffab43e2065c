/** The Lambda functions' code: each entry point and all it uses, the AWS SDK included, in one file. */
import { writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';
import { zip } from './zip.ts';

export const FUNCTIONS = ['plan', 'health', 'instance', 'look', 'hook', 'notify', 'record'] as const;
export type FunctionName = (typeof FUNCTIONS)[number];

/** The file that a function begins in. */
export function entryFile(name: FunctionName): string {
  return fileURLToPath(new URL(`functions/${name}.ts`, import.meta.url));
}

/** Packages that are CommonJS ask for Node's modules by `require`, which a module does not have. */
const REQUIRE =
  "import{createRequire as requireFromHere}from'node:module';const require=requireFromHere(import.meta.url);";

/**
 * Writes every function into `folder` as `NAME.zip`, with `index.mjs` in it, and gives the paths. The same sources give the same
 * bytes wherever they lie. Throws when a source does not compile.
 */
export function bundleFunctions(folder: string): Record<FunctionName, string> {
  archives ??= bundled();
  const made = archives;
  const written = (name: FunctionName): string => {
    const path = join(folder, `${name}.zip`);
    writeFileSync(path, made[name]);
    return path;
  };
  return forEach(written);
}

/** They are the same for every policy, and bundling takes a second or two. */
let archives: Record<FunctionName, Buffer> | undefined;

function bundled(): Record<FunctionName, Buffer> {
  const { outputFiles } = buildSync({
    entryPoints: Object.fromEntries(FUNCTIONS.map((name) => [name, entryFile(name)])),
    absWorkingDir: fileURLToPath(new URL('..', import.meta.url)),
    outdir: 'out',
    write: false,
    bundle: true,
    minify: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    // The SDK's modules, not its CommonJS: only they can be shaken.
    mainFields: ['module', 'main'],
    banner: { js: REQUIRE },
    legalComments: 'none',
    logLevel: 'silent',
  });
  const archive = (name: FunctionName): Buffer => {
    const bundle = outputFiles.find(({ path }) => basename(path) === `${name}.js`);
    if (bundle === undefined) throw new Error(`esbuild gave no bundle of infra/functions/${name}.ts`);
    return zip('index.mjs', Buffer.from(bundle.contents));
  };
  return forEach(archive);
}

function forEach<T>(make: (name: FunctionName) => T): Record<FunctionName, T> {
  return {
    plan: make('plan'),
    health: make('health'),
    instance: make('instance'),
    look: make('look'),
    hook: make('hook'),
    notify: make('notify'),
    record: make('record'),
  };
}
