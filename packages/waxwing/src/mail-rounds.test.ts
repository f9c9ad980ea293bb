/** The kill test's own judge: it must notice a server that lies. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Element, parseElement } from '@waxwing/xml'
import type { Line } from './testing/line.ts'
import { type Cast, mailRounds, type Victim } from './testing/mail-rounds.ts'

type Lie =
  | 'none'
  | 'acknowledges what it has not kept'
  | 'drops some'
  | 'doubles some'
  | 'takes all that is sent again'
  | 'swaps some'

const forgetful = 100

/** A server of a few lines that keeps mail, and tells one lie about it. */
class FakeServer implements Victim {
  readonly #lie: Lie
  /** Survives: mail by receiver, and the ids of what was kept. */
  readonly #mail = new Map<string, Element[]>()
  readonly #seen = new Set<string>()
  /** Does not survive. */
  #connected = new Map<string, FakeLine>()
  #late: Element[] = []
  #count = 0

  constructor(lie: Lie) {
    this.#lie = lie
  }

  async start(): Promise<void> {}

  async connect(username: string): Promise<Line> {
    const line = new FakeLine(this, username)
    this.#connected.set(username, line)
    return line
  }

  async kill(): Promise<void> {
    const lines = [...this.#connected.values()]
    this.#connected = new Map()
    this.#late = []
    for (const line of lines) line.drop()
  }

  mailOf(username: string): Element[] {
    const mail = this.#mail.get(username) ?? []
    this.#mail.set(username, mail)
    return mail
  }

  take(message: Element): void {
    const n = ++this.#count
    if (this.#lie === 'drops some' && n % 40 === 0) return
    if (this.#lie === 'acknowledges what it has not kept') {
      this.#late.push(message)
      if (this.#late.length < forgetful) return
      for (const late of this.#late.splice(0)) this.#keep(late)
      return
    }
    if (this.#lie === 'swaps some' && n % 40 === 0) return void this.#late.push(message)
    this.#keep(message)
    if (this.#lie === 'doubles some' && n % 40 === 0) this.#keep(message, true)
    if (this.#lie === 'swaps some' && n % 40 === 20) for (const late of this.#late.splice(0)) this.#keep(late)
  }

  #keep(message: Element, isAgain = false): void {
    const id = message.attrs.get('id') ?? ''
    const isKnown = this.#seen.has(id)
    if (isKnown && !isAgain && this.#lie !== 'takes all that is sent again') return
    this.#seen.add(id)
    const [receiver = ''] = (message.attrs.get('to') ?? '').split('@')
    this.mailOf(receiver).push(message)
    this.#connected.get(receiver)?.deliver(message)
  }
}

class FakeLine implements Line {
  readonly #server: FakeServer
  readonly #username: string
  #heard: ((element: Element) => void) | undefined
  #ended: (() => void) | undefined
  #handled = 0
  /** What it was sent and has not acknowledged. */
  readonly #given: Element[] = []
  #acknowledged = 0
  #isPresent = false
  #isOver = false

  constructor(server: FakeServer, username: string) {
    this.#server = server
    this.#username = username
  }

  listen(heard: (element: Element) => void, ended: () => void): void {
    this.#heard = heard
    this.#ended = ended
  }

  send(text: string): void {
    if (text === '</stream:stream>') return this.drop()
    const elements = parseElement(`<x xmlns='jabber:client'>${text}</x>`).children
    for (const element of elements) if (typeof element !== 'string') this.#take(element)
  }

  deliver(message: Element): void {
    if (this.#isPresent) this.#give(message)
  }

  drop(): void {
    if (this.#isOver) return
    this.#isOver = true
    setImmediate(() => this.#ended?.())
  }

  #give(stanza: Element): void {
    this.#given.push(stanza)
    this.#tell(stanza)
  }

  #tell(element: Element): void {
    setImmediate(() => this.#isOver || this.#heard?.(element))
  }

  #take(element: Element): void {
    if (this.#isOver) return
    const { name, attrs } = element
    const isBind = attrs.get('id') === 'bind'
    if (name === 'enable') this.#tell(parseElement("<enabled xmlns='urn:xmpp:sm:3' id='x'/>"))
    if (name === 'r') this.#acknowledge(`<a xmlns='urn:xmpp:sm:3' h='${this.#handled}'/>`)
    if (name === 'a') this.#acked(Number(attrs.get('h')))
    const result = `<iq xmlns='jabber:client' type='result' id='${attrs.get('id')}'/>`
    if (isBind) this.#tell(parseElement(result))
    else if (name === 'iq') this.#give(parseElement(result))
    if (name === 'presence') this.#present()
    if (name === 'message') this.#server.take(element)
    if (['iq', 'presence', 'message'].includes(name) && !isBind) this.#handled++
  }

  /** A little later: something is under way when the server is killed. */
  #acknowledge(text: string): void {
    setTimeout(() => this.#tell(parseElement(text)), 3)
  }

  #present(): void {
    this.#isPresent = true
    for (const message of this.#server.mailOf(this.#username)) this.deliver(message)
  }

  #acked(h: number): void {
    const mail = this.#server.mailOf(this.#username)
    for (const stanza of this.#given.splice(0, h - this.#acknowledged))
      if (mail.includes(stanza)) mail.splice(mail.indexOf(stanza), 1)
    this.#acknowledged = h
  }
}

const cast: Cast = {
  senders: { sender1: 'anew', sender2: 'anew' },
  online: { returner: 'anew' },
  sleeper: 'sleeper',
}

const lies: readonly (readonly [Lie, 'lost' | 'doubled' | 'reordered' | 'nothing'])[] = [
  ['none', 'nothing'],
  ['acknowledges what it has not kept', 'lost'],
  ['drops some', 'lost'],
  ['doubles some', 'doubled'],
  ['takes all that is sent again', 'doubled'],
  ['swaps some', 'reordered'],
]

for (const [lie, fault] of lies)
  test(`a server whose lie is "${lie}" is found to have ${fault}`, { timeout: 30_000 }, async () => {
    const fractions = [0.3, 0.9, 0.5, 0.7, 0.2, 0.8]
    let at = 0
    const result = await mailRounds({
      victim: new FakeServer(lie),
      rounds: 4,
      fraction: () => fractions[at++ % fractions.length] ?? 0,
      most: 2_000,
      patienceMs: 300,
      cast,
    })
    assert.ok(result.acknowledged > 100)
    const { lost, doubled, reordered } = result
    if (fault === 'nothing')
      assert.deepEqual(
        { lost, doubled, reordered },
        { lost: 0, doubled: 0, reordered: 0 },
        result.notes.join('\n'),
      )
    else assert.ok(result[fault] > 0, JSON.stringify(result))
  })
