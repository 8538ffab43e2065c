/** The pages: one document for all of them, whose script and styles are the bundle, and one that says what went wrong. */
import { asset, hashOf } from './bodies.ts';
import type { Bundle } from './bundle.ts';

/** Where there is a page. The script shows the right one. */
export const PAGES = [
  '/',
  '/runs',
  '/runs/:id',
  '/runs/:id/instances/:instanceId',
  '/runs/:id/graph',
  '/exposure',
  '/policy',
];

export interface Pages {
  /** The document that every page is. */
  index: string;
  /** A document without script that says what happened and what to do next. */
  trouble(what: string, next: string): string;
  /** What lies under `/assets`, by path. */
  assets: ReadonlyMap<string, (request: Request) => Response>;
}

/** The pages with that bundle in them. */
export async function pagesOf({ script, styles }: Bundle): Promise<Pages> {
  const scriptPath = `/assets/console-${hashOf(script)}.js`;
  const stylesPath = `/assets/console-${hashOf(styles)}.css`;
  return {
    index: page(
      `<script type="module" src="${scriptPath}"></script>`,
      stylesPath,
      '<main><noscript>The console needs JavaScript. The same is told by <code>drydock runs list</code> and <code>drydock runs show</code>.</noscript></main>',
    ),
    trouble: (what, next) =>
      page(
        '',
        stylesPath,
        `<main><h1>Drydock</h1><p>${escaped(what)}</p><p>${escaped(next)}</p><p><a href="/">All runs</a></p></main>`,
      ),
    assets: new Map([
      [scriptPath, await asset(script, 'text/javascript')],
      [stylesPath, await asset(styles, 'text/css')],
    ]),
  };
}

function page(head: string, stylesPath: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Drydock</title>
<link rel="icon" href="data:image/svg+xml,${encodeURIComponent(ICON)}">
<link rel="stylesheet" href="${stylesPath}">
${head}
</head>
<body>
${body}
</body>
</html>
`;
}

/** A ship between the walls of its dock. */
const ICON =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><path fill="#2f6fdb" d="M1 3h2v9h10V3h2v11H1zM4.500 7H7V4h2v3h2.500L10 11H6z"/></svg>';

function escaped(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
