/** The pages' script and styles, bundled from `web/` once a process: nothing that was built lies in the repository. */
import { fileURLToPath } from 'node:url';

export interface Bundle {
  script: string;
  styles: string;
}

let made: Promise<Bundle> | undefined;

/** Bundles the pages; the same bundle for whoever asks again. */
export function pagesBundle(): Promise<Bundle> {
  made ??= bundle();
  return made;
}

async function bundle(): Promise<Bundle> {
  const { build } = await import('esbuild');
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL('../web/main.tsx', import.meta.url))],
    bundle: true,
    minify: true,
    write: false,
    outdir: '/',
    format: 'esm',
    target: 'es2023',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    legalComments: 'none',
  });
  const of = (ending: string) => outputFiles.find(({ path }) => path.endsWith(ending))?.text ?? '';
  return { script: of('.js'), styles: of('.css') };
}
