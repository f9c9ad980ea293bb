// Resource binding inside the login (XEP-0386).
import {
  attr,
  child,
  children,
  type Element,
  element,
  mapped,
  rest,
  string,
  textChild,
  type Wire,
} from '@waxwing/xml'

const NS = 'urn:xmpp:bind:0'

const Feature: Wire<string> = mapped(
  element(NS, 'feature', { name: attr('var', string) }),
  ({ name }) => name,
  (name: string) => ({ name }),
)
const Inline: Wire<readonly string[]> = mapped(
  element(NS, 'inline', { features: children(Feature) }),
  ({ features }) => features,
  (features: readonly string[]) => ({ features }),
)

/** As a feature: what a session can begin with (§3.1). As a request: what it shall begin with (§3.2). */
export interface Bind2 {
  /** Names of the features on offer. */
  readonly features?: readonly string[] | undefined
  /** Short text that becomes part of the resourcepart. */
  readonly tag?: string | undefined
  /** Elements that enable features. */
  readonly enable?: readonly Element[] | undefined
}
export const Bind2: Wire<Bind2> = element(NS, 'bind', {
  features: child(Inline).maybe(),
  tag: textChild('tag', string).maybe(),
  enable: rest,
})

/** The session has begun. §3.2 */
export interface Bound {
  readonly answers?: readonly Element[] | undefined
}
export const Bound: Wire<Bound> = element(NS, 'bound', { answers: rest })
