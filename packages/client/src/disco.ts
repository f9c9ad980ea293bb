/** Service discovery: what others can do, and what we say we can. XEP-0030, XEP-0115. */
import { isFull, type Jid, parseJid } from '@waxwing/jid'
import {
  Caps,
  capsText,
  type DataForm,
  DiscoInfo,
  type DiscoItem,
  DiscoItems,
  type Identity,
  stanzaError,
} from '@waxwing/protocol'
import { encodeBase64, type Now } from '@waxwing/stream'
import { type Element, readChildWire, toElement, type Wire } from '@waxwing/xml'
import type { Off } from './events.ts'
import type { Platform } from './platform.ts'
import type { Presences } from './presence.ts'
import type { Iq, RequestOptions } from './requests.ts'

export interface DiscoOptions extends RequestOptions {
  readonly node?: string | undefined
  /** Asks even when the answer is known. */
  readonly fresh?: boolean | undefined
}

/** What discovery needs of the client. */
export interface DiscoPort {
  readonly platform: Platform
  readonly iq: Iq
  readonly presences: Presences
  report(fault: unknown): void
}

export interface DiscoSelf {
  readonly identities: readonly Identity[]
  /** URI of the software. XEP-0115 §4. */
  readonly software: string
  readonly features: readonly string[]
}

/** A node of our own, beside that of our capabilities; what it answers may depend on who asks. XEP-0030 §3.2, §4.2 */
export interface DiscoNode {
  /** Throws `StanzaError` for those who may not know it. */
  info(from: Jid): Now<Pick<DiscoInfo, 'identities' | 'features' | 'forms'>>
  /** Absent: nothing belongs to it. */
  items?(from: Jid): Now<readonly DiscoItem[]>
}

/** Answers remembered by their hash. */
const maxKnown = 512
/** What we were before, for those who ask late. */
const maxFormer = 8

export class Disco {
  readonly #port: DiscoPort
  readonly #identities: Identity[]
  readonly #forms: DataForm[] = []
  readonly #features = new Map<string, number>()
  /** Few have any. */
  #nodes: Map<string, DiscoNode> | undefined
  readonly #software: string
  readonly #known = new Map<string, DiscoInfo>()
  readonly #asking = new Map<string, Promise<DiscoInfo>>()
  #ver: string | undefined
  /** What the hash stands for that is shown, while it is being replaced. */
  #shown: DiscoInfo | undefined
  /** What we were, by the hashes that were told; few have ever been anything else. */
  #former: Map<string, DiscoInfo> | undefined
  #generation = 0
  #advertised: Now<void>

  constructor(port: DiscoPort, self: DiscoSelf) {
    this.#port = port
    this.#identities = [...self.identities]
    this.#software = self.software
    for (const feature of self.features) this.#features.set(feature, 1)
    this.#advertised = this.#advertise()
  }

  /** Done when our presence carries our current capabilities. */
  get advertised(): Now<void> {
    return this.#advertised
  }

  /** What we say of ourselves. */
  get own(): DiscoInfo {
    return {
      identities: this.#identities,
      features: [...this.#features.keys()].sort(),
      forms: this.#forms,
    }
  }

  /** Says that we can do something; in presence at once. */
  addFeatures(...features: readonly string[]): Off {
    this.#changing()
    for (const feature of features) this.#features.set(feature, (this.#features.get(feature) ?? 0) + 1)
    this.#changed()
    return () => {
      this.#changing()
      for (const feature of features) this.#drop(feature)
      this.#changed()
    }
  }

  /** Says that we are something besides. */
  addIdentity(identity: Identity): Off {
    return this.#put(this.#identities, identity)
  }

  /** Says more about us: XEP-0128. */
  addForm(form: DataForm): Off {
    return this.#put(this.#forms, form)
  }

  /** Answers questions about a node of ours. Throws `TypeError` when there is one of this name. */
  addNode(node: string, answers: DiscoNode): Off {
    this.#nodes ??= new Map()
    if (this.#nodes.has(node)) throw new TypeError(`There is a node ${node} already`)
    this.#nodes.set(node, answers)
    return () => {
      this.#nodes?.delete(node)
    }
  }

  /**
   * What somebody is and can do. A full JID whose presence told a hash (XEP-0115) known already is not asked again.
   * Rejects as `iq.get`.
   */
  async info(jid: string, options: DiscoOptions = {}): Promise<DiscoInfo> {
    const to = parseJid(jid)
    const { node, fresh = false, ...request } = options
    const caps = node === undefined ? this.#capsOf(to) : undefined
    const known = caps && this.#known.get(keyOf(caps))
    if (known && !fresh) return known
    if (request.signal || fresh) return this.#ask(to, node, caps, request)
    const key = `${to} ${node ?? ''}`
    const running = this.#asking.get(key)
    if (running) return running
    const asking = this.#ask(to, node, caps, request).finally(() => this.#asking.delete(key))
    this.#asking.set(key, asking)
    return asking
  }

  /** Whether somebody can do something. Rejects as `iq.get`. */
  async supports(jid: string, feature: string, options: DiscoOptions = {}): Promise<boolean> {
    const { features } = await this.info(jid, options)
    return features?.includes(feature) ?? false
  }

  /** What belongs to somebody. Rejects as `iq.get`. */
  async items(jid: string, options: DiscoOptions = {}): Promise<readonly DiscoItem[]> {
    const { node, fresh: _fresh, ...request } = options
    const answer = await this.#port.iq.get(DiscoItems, jid, { node }, DiscoItems, request)
    return answer.items ?? []
  }

  /** Answers a question about us. Throws `StanzaError` for nodes we do not have. */
  answerInfo({ node }: DiscoInfo, from: Jid): Now<DiscoInfo> {
    if (node === undefined) return this.own
    const known = this.#nodes?.get(node)?.info(from)
    if (known) return known instanceof Promise ? known.then(info => ({ ...info, node })) : { ...known, node }
    const own = node === `${this.#software}#${this.#ver}` ? this.own : this.#formerly(node)
    if (!own) throw stanzaError('item-not-found', 'There is no such node')
    return { ...own, node }
  }

  /** What we were when we told a hash lately: who asks late gets what they can check. XEP-0115 §5.4 */
  #formerly(node: string): DiscoInfo | undefined {
    const prefix = `${this.#software}#`
    return node.startsWith(prefix) ? this.#former?.get(node.slice(prefix.length)) : undefined
  }

  /** Answers a question for what belongs to us. */
  async answerItems({ node }: DiscoItems, from: Jid): Promise<DiscoItems> {
    const known = node === undefined ? undefined : this.#nodes?.get(node)
    return { node, items: (await known?.items?.(from)) ?? [] }
  }

  async #ask(
    to: Jid,
    node: string | undefined,
    caps: Caps | undefined,
    options: RequestOptions,
  ): Promise<DiscoInfo> {
    const asked = node ?? (caps && `${caps.node}#${caps.ver}`)
    const info = await this.#port.iq.get(DiscoInfo, to, { node: asked }, DiscoInfo, options)
    if (caps && (await this.#hash(info)) === caps.ver) this.#remember(caps, info)
    return info
  }

  #remember(caps: Caps, info: DiscoInfo): void {
    this.#known.set(keyOf(caps), info)
    if (this.#known.size <= maxKnown) return
    for (const oldest of this.#known.keys()) {
      this.#known.delete(oldest)
      return
    }
  }

  #capsOf(jid: Jid): Caps | undefined {
    if (!isFull(jid)) return undefined
    const stanza = this.#port.presences.of(jid)?.stanza
    const caps = stanza?.extensions && firstOf(Caps, stanza.extensions)
    return caps?.hash === 'sha-1' ? caps : undefined
  }

  #drop(feature: string): void {
    const count = this.#features.get(feature) ?? 0
    if (count > 1) this.#features.set(feature, count - 1)
    else this.#features.delete(feature)
  }

  #put<T>(list: T[], value: T): Off {
    this.#changing()
    list.push(value)
    this.#changed()
    return () => {
      const at = list.indexOf(value)
      if (at < 0) return
      this.#changing()
      list.splice(at, 1)
      this.#changed()
    }
  }

  /** What is shown stays known until the next hash takes its place. */
  #changing(): void {
    if (this.#ver === undefined || this.#shown) return
    const { identities = [], features = [], forms = [] } = this.own
    this.#shown = { identities: [...identities], features, forms: [...forms] }
  }

  /** @param wasTold whether anybody knows the hash that is replaced */
  #replace(ver: string, wasTold: boolean): void {
    if (wasTold && this.#ver !== undefined && this.#shown) {
      this.#former ??= new Map()
      this.#former.set(this.#ver, this.#shown)
      for (const oldest of this.#former.keys()) {
        if (this.#former.size <= maxFormer) break
        this.#former.delete(oldest)
      }
    }
    this.#shown = undefined
    this.#ver = ver
  }

  #changed(): void {
    this.#advertised = this.#advertise()
  }

  /** Puts our capabilities into presence; only the latest of several changes counts. */
  #advertise(): Now<void> {
    const generation = ++this.#generation
    const show = (ver: string | undefined): void => {
      if (generation !== this.#generation || ver === undefined) return
      if (ver === this.#ver) {
        this.#shown = undefined
        return
      }
      const wasTold = this.#port.presences.extend([
        toElement(Caps, { hash: 'sha-1', node: this.#software, ver }),
      ])
      this.#replace(ver, wasTold)
    }
    const hash = this.#hash(this.own)
    return hash instanceof Promise ? hash.then(show, fault => this.#port.report(fault)) : show(hash)
  }

  #hash(info: DiscoInfo): Now<string | undefined> {
    const text = capsText(info)
    if (text === undefined) return undefined
    const hash = this.#port.platform.crypto.hash('SHA-1', new TextEncoder().encode(text))
    return hash instanceof Promise ? hash.then(encodeBase64) : encodeBase64(hash)
  }
}

function keyOf({ node, ver }: Caps): string {
  return `${node}#${ver}`
}

function firstOf<T>(wire: Wire<T>, elements: readonly Element[]): T | undefined {
  for (const element of elements) {
    if (wire.planFor(element.ns, element.name))
      return readChildWire(wire, { ...element, children: [element] })
  }
  return undefined
}
