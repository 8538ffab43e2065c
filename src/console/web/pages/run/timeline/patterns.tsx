/** Patterns that tell steps apart where colour does not. */

/** Once a page: the styles name them by `fill: url(#…)`. */
export function Patterns() {
  return (
    <svg class="unseen" aria-hidden="true">
      <pattern
        id="strokes"
        class="strokes"
        width="6"
        height="6"
        patternUnits="userSpaceOnUse"
        patternTransform="rotate(45)"
      >
        <line x1="0" y1="0" x2="0" y2="6" />
      </pattern>
      <pattern
        id="strokes-back"
        class="strokes-back"
        width="5"
        height="5"
        patternUnits="userSpaceOnUse"
        patternTransform="rotate(-45)"
      >
        <line x1="0" y1="0" x2="0" y2="5" />
      </pattern>
      <pattern id="dots" class="dots" width="6" height="6" patternUnits="userSpaceOnUse">
        <circle cx="2" cy="2" r="1" />
      </pattern>
      <pattern id="bars" class="bars" width="4" height="4" patternUnits="userSpaceOnUse">
        <line x1="0" y1="0" x2="0" y2="4" />
      </pattern>
    </svg>
  );
}
