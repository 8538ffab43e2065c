/** The package has no types of its own. */
declare module 'asl-validator' {
  /** Writes into `definition`. */
  export default function validate(definition: object): { isValid: boolean; errors: unknown[] };
}
