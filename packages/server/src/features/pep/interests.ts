/** What clients want to hear of: the `+notify` features behind their capabilities. XEP-0115, XEP-0060 §9.2. */
import { createHash } from 'node:crypto'
import { Caps, CLIENT_NS, capsText, DiscoInfo } from '@waxwing/protocol'
import type { Clock } from '@waxwing/stream'
import { writeWire } from '@waxwing/xml'
import type { Now } from '../../kernel/hooks.ts'
import type { Questions } from '../../kernel/questions.ts'
import type { Stanza } from '../../router/stanza.ts'
import { readable } from '../pubsub/readable.ts'

/** Names of nodes. */
export type Wanted = ReadonlySet<string>

export const nothing: Wanted = new Set()

const suffix = '+notify'
/** Characters of all names of one client: beyond them it wants nothing more. */
const maxNames = 16_384
/** By the names XEP-0115 §4 has for them. */
const algorithms: ReadonlyMap<string, string> = new Map([
  ['sha-1', 'sha1'],
  ['sha-256', 'sha256'],
  ['sha-512', 'sha512'],
])

export interface InterestLimits {
  /** Hashes remembered with what is behind them. */
  readonly cachedClients: number
  /** Milliseconds a client has to say what it can. */
  readonly discoTimeout: number
}

export class Interests {
  readonly #questions: Questions
  readonly #clock: Clock
  readonly #limits: InterestLimits
  /** By algorithm and hash; only what has been verified. */
  readonly #known = new Map<string, Wanted>()
  /** Questions under way; `undefined`: the answer was another than the hash promised. */
  readonly #asking = new Map<string, Promise<Wanted | undefined>>()
  /** A presence stays the same object as long as it holds. */
  readonly #read = new WeakMap<Stanza, Now<Wanted>>()

  constructor(questions: Questions, clock: Clock, limits: InterestLimits) {
    this.#questions = questions
    this.#clock = clock
    this.#limits = limits
  }

  /** What the client wants that has sent this presence; asks it when nobody knows. Never rejects. */
  of(presence: Stanza): Now<Wanted> {
    const known = this.#read.get(presence)
    if (known) return known
    const found = this.#find(presence)
    this.#read.set(presence, found)
    if (found instanceof Promise) void found.then(wanted => this.#read.set(presence, wanted))
    return found
  }

  #find(presence: Stanza): Now<Wanted> {
    const caps = capsIn(presence)
    if (!caps) return nothing
    const algorithm = algorithms.get(caps.hash ?? '')
    if (algorithm === undefined) return this.#ask(presence, caps).then(wantedIn)
    const key = `${algorithm} ${caps.ver}`
    const known = this.#known.get(key)
    if (known) return this.#used(key, known)
    const asking = this.#asking.get(key)
    // Somebody else's wrong answer is nobody's: then this client is asked itself.
    if (asking) return asking.then(found => found ?? this.#ask(presence, caps).then(wantedIn))
    return this.#learn(presence, caps, algorithm, key)
  }

  #learn(presence: Stanza, caps: Caps, algorithm: string, key: string): Promise<Wanted> {
    const answered = this.#ask(presence, caps)
    const verified = answered.then(info => {
      this.#asking.delete(key)
      if (!info || hashOf(info, algorithm) !== caps.ver) return undefined
      return this.#used(key, wantedIn(info))
    })
    this.#asking.set(key, verified)
    // What does not fit its hash holds for this client alone. XEP-0115 §5.4
    return verified.then(found => found ?? answered.then(wantedIn))
  }

  async #ask({ from }: Stanza, { node, ver }: Caps): Promise<DiscoInfo | undefined> {
    const payload = writeWire(DiscoInfo, { node: `${node}#${ver}` }, CLIENT_NS)
    const question = { type: 'get', to: from, payload } as const
    const answer = await this.#questions.ask(question, this.#clock, this.#limits.discoTimeout)
    if (answer?.type !== 'result') return undefined
    return readable(() => answer.as(DiscoInfo))
  }

  #used(key: string, wanted: Wanted): Wanted {
    this.#known.delete(key)
    this.#known.set(key, wanted)
    if (this.#known.size > this.#limits.cachedClients)
      for (const oldest of this.#known.keys()) {
        this.#known.delete(oldest)
        break
      }
    return wanted
  }
}

/** The capabilities in a presence; what cannot be read is not there. */
export function capsIn(presence: Stanza): Caps | undefined {
  return presence.headName === undefined ? undefined : readable(() => presence.as(Caps))
}

function hashOf(info: DiscoInfo, algorithm: string): string | undefined {
  const text = capsText(info)
  return text === undefined ? undefined : createHash(algorithm).update(text).digest('base64')
}

function wantedIn(info: DiscoInfo | undefined): Wanted {
  const names = new Set<string>()
  let length = 0
  for (const feature of info?.features ?? []) {
    if (!feature.endsWith(suffix) || feature.length === suffix.length) continue
    length += feature.length
    if (length > maxNames) break
    names.add(feature.slice(0, -suffix.length))
  }
  return names.size === 0 ? nothing : names
}
