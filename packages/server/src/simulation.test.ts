/** Random lives of a few accounts under random weather: whatever happens, both sides agree in the end. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Peer, type Scene, SeededRandom, scene } from '@waxwing/testkit'
import { elementsOf } from '@waxwing/xml'

const names = ['romeo', 'juliet', 'nurse'] as const
const jidOf = (name: string): string => `${name}@montague.example`

function pick<T>(random: SeededRandom, among: readonly T[]): T {
  const found = among[random.below(among.length)]
  return found ?? assert.fail('Nothing to choose from')
}

/** One account: perhaps online, with what it has sent and heard. */
class Life {
  readonly name: string
  readonly host: Scene
  peer: Peer | undefined
  sent = 0
  /** Numbers of the messages heard, by sender, in the order of hearing. */
  readonly heard = new Map<string, number[]>()

  constructor(name: string, host: Scene) {
    this.name = name
    this.host = host
  }

  async comes(): Promise<void> {
    if (this.peer) return
    this.peer = await this.host.client(`${jidOf(this.name)}/r`)
    await this.peer.sends("<iq type='get' id='roster'><query xmlns='jabber:iq:roster'/></iq><presence/>")
  }

  async goes(how: 'closes' | 'vanishes'): Promise<void> {
    await this.listens()
    await this.peer?.[how]()
    this.peer = undefined
  }

  async listens(): Promise<void> {
    for (const element of (await this.peer?.forgets()) ?? []) {
      const id = element.attrs.get('id') ?? ''
      if (element.name !== 'message' || !id.startsWith('m')) continue
      const from = element.attrs.get('from')?.split('@')[0] ?? ''
      this.heard.set(from, [...(this.heard.get(from) ?? []), Number(id.slice(1))])
    }
  }

  async says(to: string): Promise<void> {
    if (!this.peer) return
    await this.peer.sends(
      `<message type='chat' id='m${this.sent++}' to='${jidOf(to)}'><body>b</body></message>`,
    )
  }

  async roster(): Promise<ReadonlyMap<string, { subscription: string; isAsking: boolean }>> {
    await this.comes()
    await this.listens()
    await this.peer?.sends("<iq type='get' id='final'><query xmlns='jabber:iq:roster'/></iq>")
    const query = await this.peer?.receivesResult('final')
    return new Map(
      (query ? elementsOf(query) : []).map(({ attrs }) => [
        attrs.get('jid')?.split('@')[0] ?? '',
        { subscription: attrs.get('subscription') ?? '', isAsking: attrs.has('ask') },
      ]),
    )
  }
}

type Step = (lives: readonly Life[], random: SeededRandom, host: Scene) => Promise<void>

const steps: readonly Step[] = [
  async (lives, random) => pick(random, lives).comes(),
  async (lives, random) => pick(random, lives).comes(),
  async (lives, random) => pick(random, lives).goes(pick(random, ['closes', 'vanishes'])),
  ...(
    [
      'subscribe',
      'subscribed',
      'unsubscribe',
      'subscribe',
      'subscribed',
      'subscribe',
      'unsubscribed',
      'subscribed',
    ] as const
  ).map(
    (type): Step =>
      async (lives, random) => {
        const life = pick(random, lives)
        await life.peer?.sends(`<presence type='${type}' to='${jidOf(pick(random, names))}'/>`)
      },
  ),
  async (lives, random) => {
    const life = pick(random, lives)
    await life.peer?.sends(
      `<iq type='set' id='x'><query xmlns='jabber:iq:roster'><item jid='${jidOf(pick(random, names))}' subscription='remove'/></query></iq>`,
    )
  },
  async (lives, random) => pick(random, lives).says(pick(random, names)),
  async (lives, random) => pick(random, lives).says(pick(random, names)),
  async (lives, random) => pick(random, lives).says(pick(random, names)),
]

async function restarted(lives: readonly Life[], host: Scene): Promise<void> {
  for (const life of lives) await life.listens()
  await host.restart()
  for (const life of lives) life.peer = undefined
}

/** Who sees whom must be the same on both sides. RFC 6121 App. A */
async function mustAgree(lives: readonly Life[]): Promise<void> {
  const rosters = new Map<string, Awaited<ReturnType<Life['roster']>>>()
  for (const life of lives) rosters.set(life.name, await life.roster())
  for (const one of names)
    for (const other of names) {
      if (one === other) continue
      const mine = rosters.get(one)?.get(other)?.subscription ?? 'none'
      const theirs = rosters.get(other)?.get(one)?.subscription ?? 'none'
      const sees = mine === 'to' || mine === 'both'
      const isSeen = theirs === 'from' || theirs === 'both'
      assert.equal(sees, isSeen, `${one} has ${other} as ${mine}, ${other} has ${one} as ${theirs}`)
    }
}

function mustBeInOrder(lives: readonly Life[]): void {
  for (const life of lives)
    for (const [from, numbers] of life.heard) {
      const sorted = numbers.toSorted((a, b) => a - b)
      assert.deepEqual(numbers, sorted, `${life.name} heard ${from} out of order`)
      assert.equal(new Set(numbers).size, numbers.length, `${life.name} heard a message of ${from} twice`)
    }
}

for (let seed = 1; seed <= 12; seed++)
  test(`rosters agree and messages stay in order, once each (seed ${seed}; RFC 6120 §10.1, RFC 6121 §3)`, async () => {
    await using host = await scene({ seed })
    const random = new SeededRandom(seed * 7919)
    const lives = names.map(name => new Life(name, host))
    for (const name of names) await host.account(jidOf(name))
    for (let n = 0; n < 150; n++) {
      if (n % 25 === 24) await mustAgree(lives)
      if (n % 50 === 49) await restarted(lives, host)
      await pick(random, steps)(lives, random, host)
      for (const life of lives) await life.listens()
    }
    await mustAgree(lives)
    mustBeInOrder(lives)
  })

for (let seed = 1; seed <= 6; seed++)
  test(`several stanzas at once and slow wires change nothing of that (seed ${seed})`, async () => {
    await using host = await scene({ seed })
    const random = new SeededRandom(seed * 104_729)
    const lives = names.map(name => new Life(name, host))
    for (const name of names) await host.account(jidOf(name))
    for (const life of lives) await life.comes()
    host.weather = { delayMs: () => random.below(30) }
    for (let n = 0; n < 200; n++) {
      const life = pick(random, lives)
      const to = jidOf(pick(random, names))
      const type = pick(random, ['subscribe', 'subscribed', 'unsubscribe', 'unsubscribed'])
      await life.peer?.sends(`<presence type='${type}' to='${to}'/>`)
      await life.says(pick(random, names))
      if (random.below(4) === 0) await host.advance(random.below(40))
    }
    await host.advance(1_000)
    host.weather = { delayMs: () => 0 }
    for (const life of lives) await life.listens()
    await mustAgree(lives)
    mustBeInOrder(lives)
    for (const life of lives)
      for (const other of lives)
        assert.ok(
          (life.heard.get(other.name)?.length ?? 0) > 0,
          `${life.name} heard nothing of ${other.name}`,
        )
  })
