// What the tests of the client share: a server that is text, pipes in memory, a clock that waits to be moved.
import assert from 'node:assert/strict'
import { createHash, createHmac } from 'node:crypto'
import type { Clock, SaslCrypto, Timer, TlsFacts, Transport, TransportOwner } from '@waxwing/stream'
import { type Element, StanzaSlicer } from '@waxwing/xml'
import { Client, type ClientOptions, type Connection, type Connector, type Platform } from './index.ts'

export class ManualClock implements Clock {
  #now = 0
  #timers: { readonly at: number; readonly run: () => void }[] = []

  monotonic(): number {
    return this.#now
  }

  wall(): number {
    return this.#now
  }

  after(ms: number, run: () => void): Timer {
    const timer = { at: this.#now + ms, run }
    this.#timers.push(timer)
    return {
      cancel: () => {
        this.#timers = this.#timers.filter(other => other !== timer)
      },
    }
  }

  get waiting(): number {
    return this.#timers.length
  }

  /** Moves on to every timer that is due, one after the other. */
  async advance(ms: number): Promise<void> {
    const until = this.#now + ms
    for (;;) {
      const next = this.#timers.filter(({ at }) => at <= until).sort((a, b) => a.at - b.at)[0]
      if (!next) break
      this.#now = next.at
      this.#timers = this.#timers.filter(other => other !== next)
      next.run()
      await settled()
    }
    this.#now = until
    await settled()
  }
}

/** Lets everything happen that is under way. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await new Promise(resolve => setImmediate(resolve))
}

const digestNames = { 'SHA-1': 'sha1', 'SHA-256': 'sha256', 'SHA-512': 'sha512' } as const

const testCrypto: SaslCrypto = {
  hash: (hash, data) => createHash(digestNames[hash]).update(data).digest(),
  hmac: (hash, key, data) => createHmac(digestNames[hash], key).update(data).digest(),
  pbkdf2: () => new Uint8Array(20),
  randomBytes: size => new Uint8Array(size),
  equal: (a, b) => Buffer.compare(a, b) === 0,
}

const someTls: TlsFacts = {
  protocol: 'TLSv1.3',
  cipher: 'test',
  serverName: undefined,
  bindings: [],
  certifiedJids: [],
  binding: () => undefined,
}

const bindNs = 'urn:ietf:params:xml:ns:xmpp-bind'

/** One connection, seen from the server: the test says what it says, as text. */
export class Peer implements Connection, Transport {
  readonly framing = 'stream'
  readonly remote = 'peer'
  readonly tls = someTls
  queuedBytes = 0
  isEnded = false
  #owner: TransportOwner | undefined
  #isGone = false
  #heard: string[] = []
  readonly #parsed: (Element | 'open' | 'close')[] = []
  readonly #slicer = new StanzaSlicer({
    sink: {
      opened: () => this.#parsed.push('open'),
      sliced: slice => this.#parsed.push(slice.element()),
      closed: () => this.#parsed.push('close'),
      failed: error => {
        throw error
      },
    },
  })

  get transport(): Transport {
    return this
  }

  own(owner: TransportOwner): void {
    this.#owner = owner
  }

  sendText(text: string): void {
    // a restarted stream begins with its declaration
    if (text.startsWith('<?xml')) this.#slicer.restart()
    this.#heard.push(text)
    this.#slicer.feed(new TextEncoder().encode(text))
  }

  sendBytes(bytes: Uint8Array, start: number, end: number): void {
    this.sendText(new TextDecoder().decode(bytes.subarray(start, end)))
  }

  end(): void {
    this.isEnded = true
    setImmediate(() => this.breaks())
  }

  abort(): void {
    setImmediate(() => this.breaks('aborted'))
  }

  pauseReading(): void {}

  resumeReading(): void {}

  startTls(): void {}

  /** The text heard since the last call. */
  async heard(): Promise<string> {
    await settled()
    const text = this.#heard.join('')
    this.#heard = []
    return text
  }

  async says(text: string): Promise<void> {
    this.#owner?.received(new TextEncoder().encode(text))
    await settled()
  }

  /** The next element heard that is called so; whatever came before it is passed over. */
  async hears(name: string): Promise<Element> {
    await settled()
    for (let item = this.#parsed.shift(); item !== undefined; item = this.#parsed.shift())
      if (typeof item === 'object' && item.name === name) return item
    assert.fail(`<${name}> was not sent`)
  }

  /** Nothing more was sent. */
  async hearsNothing(): Promise<void> {
    await settled()
    assert.deepEqual(this.#parsed, [])
  }

  breaks(reason?: string): void {
    if (this.#isGone) return
    this.#isGone = true
    this.#owner?.disconnected(reason)
  }

  /** Lets the client in up to the bound resource. */
  async bind(jid = 'romeo@example.org/r1', features = ''): Promise<void> {
    await this.login(features)
    await this.giveResource(jid)
  }

  /** Lets the client in up to the features after its login. */
  async login(features = ''): Promise<void> {
    const header =
      "<?xml version='1.0'?><stream:stream from='example.org' id='s1' version='1.0' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>"
    const sasl = 'urn:ietf:params:xml:ns:xmpp-sasl'
    await this.says(
      `${header}<stream:features><mechanisms xmlns='${sasl}'><mechanism>PLAIN</mechanism></mechanisms></stream:features>`,
    )
    await this.says(`<success xmlns='${sasl}'/>`)
    await this.says(`${header}<stream:features><bind xmlns='${bindNs}'/>${features}</stream:features>`)
  }

  /** Answers the question for a resource. */
  async giveResource(jid = 'romeo@example.org/r1'): Promise<void> {
    const { attrs } = await this.hears('iq')
    await this.says(
      `<iq type='result' id='${attrs.get('id')}'><bind xmlns='${bindNs}'><jid>${jid}</jid></bind></iq>`,
    )
  }

  /** Answers the question for the roster. */
  async giveRoster(items = ''): Promise<void> {
    const { attrs } = await this.hears('iq')
    await this.says(
      `<iq type='result' id='${attrs.get('id')}'><query xmlns='jabber:iq:roster'>${items}</query></iq>`,
    )
  }
}

/** Hands out peers; `refuse` makes the next attempts fail. */
export class Peers implements Connector {
  readonly all: Peer[] = []
  readonly redirects: (string | undefined)[] = []
  refuse: Error | undefined

  connect({ redirect }: { readonly redirect: string | undefined }): Promise<Connection> {
    this.redirects.push(redirect)
    if (this.refuse) return Promise.reject(this.refuse)
    const peer = new Peer()
    this.all.push(peer)
    return Promise.resolve(peer)
  }

  get last(): Peer {
    const peer = this.all.at(-1)
    assert.ok(peer)
    return peer
  }
}

export interface Stage {
  readonly client: Client
  readonly peers: Peers
  readonly clock: ManualClock
  readonly faults: unknown[]
}

export function stage(options: Partial<ClientOptions> = {}): Stage {
  const peers = new Peers()
  const clock = new ManualClock()
  const faults: unknown[] = []
  let seed = 1
  const platform: Platform = {
    clock,
    crypto: testCrypto,
    random: {
      bytes: size => Uint8Array.from({ length: size }, () => (seed = (seed * 48_271) % 2_147_483_647) >> 8),
      fraction: () => 0.5,
    },
    report: fault => faults.push(fault),
  }
  const client = new Client({
    jid: 'romeo@example.org',
    password: 'secret',
    connector: peers,
    platform,
    keepAliveMs: 0,
    ...options,
  })
  return { client, peers, clock, faults }
}

export interface OnlineStage extends Stage {
  readonly peer: Peer
}

/** A client that is online, with this roster; its presence has been heard. */
export async function online(options: Partial<ClientOptions> = {}, roster = ''): Promise<OnlineStage> {
  const scene = stage(options)
  const opening = scene.client.open()
  await settled()
  const peer = scene.peers.last
  await peer.bind()
  if (options.roster !== false) await peer.giveRoster(roster)
  await opening
  if (options.presence !== false) await peer.hears('presence')
  await peer.heard()
  return { ...scene, peer }
}

/** The error a promise is rejected with. */
export async function failure(promise: Promise<unknown>): Promise<Error & { readonly code?: string }> {
  try {
    await promise
  } catch (error) {
    assert.ok(error instanceof Error)
    return error
  }
  assert.fail('the promise was kept')
}
