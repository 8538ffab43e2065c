/** One of several, or any. */

export interface Option {
  value: string;
  word: string;
}

export interface ChoiceProps {
  label: string;
  /** What stands there while none is chosen. */
  any: string;
  /** Empty: any. */
  value: string;
  options: Option[];
  onChange: (value: string) => void;
}

/** Values that are their own words. */
export const asOptions = (values: string[]): Option[] => values.map((value) => ({ value, word: value }));

/** A value that is not among the others, as an address may name it, is shown all the same: what is listed goes by it. */
export function Choice({ label, any, value, options, onChange }: ChoiceProps) {
  const isKnown = value === '' || options.some((option) => option.value === value);
  const all = isKnown ? options : [...options, { value, word: value }];
  return (
    <select
      aria-label={label}
      data-chosen={value !== ''}
      value={value}
      onChange={({ currentTarget }) => onChange(currentTarget.value)}
    >
      <option value="">{any}</option>
      {all.map((option) => (
        <option key={option.value} value={option.value}>
          {option.word}
        </option>
      ))}
    </select>
  );
}
