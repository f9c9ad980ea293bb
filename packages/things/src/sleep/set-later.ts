/** Settings for things that sleep: they wait at the thing's server, and the sender hears what became of them. */
import { DisconnectedError } from '@waxwing/client'
import { type BareJid, bareOf, type Jid, parseJid } from '@waxwing/jid'
import { CLIENT_NS, errorIn, Fate, Later, type LaterFate, type NodeRef } from '@waxwing/protocol'
import { el, formatDateTime, toElement } from '@waxwing/xml'
import { spanMs } from '../history/history-periods.ts'
import type { Off, ThingClient } from '../port.ts'

export interface SetLaterOptions {
  /** From then on it is too late. */
  readonly until?: Date
  /** Instead of `until`: how long it may wait, as in `6h`. Default `1d`. */
  readonly within?: string
  /** Of our settings with the same key the newest counts. Default: the names of the parameters, and the nodes. */
  readonly key?: string
  /** Nodes, by id alone or with their source. Default: the thing itself. */
  readonly nodes?: readonly (NodeRef | string)[]
}

/** How it ended: `done`, `replaced` by a newer one, `expired` before the thing woke, `refused` by it or its server. */
export interface LaterOutcome {
  readonly id: string
  readonly thing: BareJid
  readonly is: LaterFate
  /** Why, for people; empty if not said. */
  readonly why: string
}

/** Settings on their way. */
export interface LaterOrder {
  /** Names the order in `outcomes`, too. */
  readonly id: string
  /**
   * Settles when it is known; `expired` as well when nobody has said anything some minutes after its end. Rejects with
   * `DisconnectedError` when the client is closed before: then `outcomes` hears it in a later session.
   */
  readonly outcome: Promise<LaterOutcome>
}

export type LaterValue = boolean | number | bigint | string | Date

/** The thing may have done it in the last moment: its word needs some time. */
const graceMs = 5 * 60_000

/**
 * Sets parameters of a thing as soon as it is awake, be it now or later.
 *
 * Throws `TypeError` for a span that is none, or without values; JidError, `OverflowError`.
 */
export function setLater(
  client: ThingClient,
  jid: string,
  values: Readonly<Record<string, LaterValue>>,
  options: SetLaterOptions = {},
): LaterOrder {
  const { clock, random } = client.platform
  const thing = bareOf(parseJid(jid))
  const { until = new Date(clock.wall() + spanMs(options.within ?? '1d')) } = options
  const settings = Object.entries(values).map(([name, value]) => ({ name, text: textOf(value) }))
  if (settings.length === 0) throw new TypeError('There is nothing to set')
  const nodes = (options.nodes ?? []).map(node => (typeof node === 'string' ? { id: node } : node))
  const { key = JSON.stringify([Object.keys(values).toSorted(), ...nodes]) } = options
  const id = Array.from(random.bytes(12), byte => byte.toString(16).padStart(2, '0')).join('')
  client.raw.send(
    el(CLIENT_NS, 'message', { to: thing, id }, toElement(Later, { id, key, until, nodes, settings })),
  )
  return { id, outcome: awaited(client, thing, id, until) }
}

function textOf(value: LaterValue): string {
  return value instanceof Date ? formatDateTime(value) : String(value)
}

function awaited(client: ThingClient, thing: BareJid, id: string, until: Date): Promise<LaterOutcome> {
  const { clock } = client.platform
  const { promise, resolve, reject } = Promise.withResolvers<LaterOutcome>()
  const offs = [
    outcomes(client, outcome => {
      if (outcome.id === id && outcome.thing === thing) resolve(outcome)
    }),
    // COMPAT(servers that return the error alone): then the id tells what it is about.
    client.onMessage(errorIn(CLIENT_NS), (_, { from, id: returned }) => {
      if (returned === id && bareOf(from) === thing) resolve(cameBack(id, from))
    }),
    client.on('state', ({ state }) => {
      if (state === 'closed')
        reject(new DisconnectedError('The client was closed before it was known', { willRetry: false }))
    }),
  ]
  const timer = clock.after(Math.max(0, until.getTime() - clock.wall()) + graceMs, () =>
    resolve({ id, thing, is: 'expired', why: '' }),
  )
  const stop = (): void => {
    for (const off of offs) off()
    timer.cancel()
  }
  // Nobody has to wait for it.
  promise.then(stop, stop)
  return promise
}

/** Hears what becomes of settings sent by `setLater`, also by an earlier process of this account. */
export function outcomes(client: ThingClient, listener: (outcome: LaterOutcome) => void): Off {
  const offs = [
    client.onMessage(Fate, ({ id, is, why = '' }, { from, type }) => {
      if (type !== 'error') listener({ id, thing: bareOf(from), is, why })
    }),
    // What we have sent comes back: nobody keeps it.
    client.onMessage(Later, ({ id }, { from, type }) => {
      if (type === 'error') listener(cameBack(id, from))
    }),
  ]
  return () => {
    for (const off of offs) off()
  }
}

function cameBack(id: string, from: Jid): LaterOutcome {
  const thing = bareOf(from)
  return { id, thing, is: 'refused', why: `${thing} cannot be reached, and its server keeps nothing for it.` }
}
