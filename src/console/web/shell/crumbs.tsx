/** The way back from a page to those above it. */

export interface Crumb {
  href: string;
  word: string;
}

/** `above`: the pages above, the topmost first; `here` names this one. */
export function Crumbs({ above, here }: { above: Crumb[]; here: string }) {
  return (
    <nav aria-label="Where this is">
      <ol class="crumbs">
        {above.map(({ href, word }) => (
          <li key={href}>
            <a href={href}>{word}</a>
          </li>
        ))}
        <li class="mono" aria-current="page">
          {here}
        </li>
      </ol>
    </nav>
  );
}
