/**
 * No way leaves an instance open on the table. From where it is taken out of its group (detachInstances, enterStandby; a call that
 * failed may have taken it out all the same) every way to an end passes a state that makes it whole:
 *
 * - attachInstances, exitStandby: it is a member again;
 * - terminateInstances: it is gone, and its replacement serves already;
 * - createTags with `drydock:quarantined`: it is kept aside on purpose;
 * - a state whose Comment begins with `whole:`, which says that a look has shown the instance to be whole;
 * - an edge that assigns `outcome` the literal `failed`: the run says itself that it could not make the instance whole. The instance
 *   keeps the run's tag, by which a person and `recover` find it.
 *
 * The first three count only where the call succeeded: their catchers are still open.
 */
import { type Json, listOf, objectOf, textOf } from '../json.ts';
import { type Edge, isTerminal, type Scope, type State } from '../machine.ts';
import type { Problem, Rule } from '../rule.ts';
import { drawn, shortestWay } from '../way.ts';

const OPENING = /:autoscaling:(?:detachInstances|enterStandby)$/;
const CLOSING = /:(?:autoscaling:(?:attachInstances|exitStandby)|ec2:terminateInstances)$/;
const TAGGING = /:ec2:createTags$/;

export const whole: Rule = (machine) => machine.scopes.flatMap(leftOpen);

function leftOpen(scope: Scope): Problem[] {
  const opening = [...scope.states.values()].filter((state) => OPENING.test(resourceOf(state)));
  return opening.flatMap((state) => {
    const way = shortestWay([state], staysOpen, isOpenEnd);
    const end = way?.at(-1);
    if (way === undefined || end === undefined) return [];
    const message = `an instance that ${state.name} took out of its group may be left outside: ${drawn(way)}`;
    return [{ state: end.name, field: '', message }];
  });
}

/** The end itself may be the state that makes it whole. */
function isOpenEnd(state: State): boolean {
  return isTerminal(state) && !isWhole(state) && !closes(state);
}

function staysOpen({ from, kind, assign }: Edge): boolean {
  if (isWhole(from) || textOf(assign.outcome) === 'failed') return false;
  return kind === 'catch' || !closes(from);
}

function isWhole({ body }: State): boolean {
  return textOf(body.Comment)?.startsWith('whole:') ?? false;
}

function closes(state: State): boolean {
  return CLOSING.test(resourceOf(state)) || (TAGGING.test(resourceOf(state)) && tagsQuarantined(state));
}

function tagsQuarantined({ body }: State): boolean {
  return listOf(objectOf(body.Arguments).Tags).some((tag: Json) => objectOf(tag).Key === 'drydock:quarantined');
}

function resourceOf({ body }: State): string {
  return textOf(body.Resource) ?? '';
}
