/** What the deployment tells a function. */

/** An environment variable; throws when it is not set: the function was not deployed by this program, or not whole. */
export function setting(name: string): string {
  const value = process.env[name];
  if (value === undefined || value === '') throw new Error(`the environment variable ${name} is not set`);
  return value;
}
