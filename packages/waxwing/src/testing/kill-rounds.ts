/** Kills a server at work with SIGKILL again and again, and looks whether everything it had confirmed is there. */
import assert from 'node:assert/strict'
import { AuthError, type Client } from '@waxwing/client-node'
import { done } from '../administration.ts'
import { askServer, type ControlRequest } from '../control.ts'
import { Ledger } from './ledger.ts'
import { PlainClient } from './plain-client.ts'
import { passwordOf, Sandbox, type Served } from './sandbox.ts'

export interface KillOptions {
  readonly rounds: number
  /** The same seed kills at the same confirmations. */
  readonly seed: number
  /** A round ends after this many confirmations at most. */
  readonly most?: number
  /** Told how each round went. */
  readonly say?: (line: string) => void
}

/** What was confirmed, and found again, in all rounds. */
export interface KillCounts {
  accounts: number
  items: number
  messages: number
}

const keepers = ['keeper1', 'keeper2']
const senders = ['sender1', 'sender2', 'sender3']
const mailboxes = ['mailbox1', 'mailbox2']

const settings = `
[sasl]
iterations = 4096
[features.offline]
max_messages = 1_000_000
[features.roster]
max_items = 1_000_000
`

/** @throws AssertionError when something confirmed is missing, and whatever went wrong before a kill */
export async function killRounds({ rounds, seed, most = 300, say }: KillOptions): Promise<KillCounts> {
  await using sandbox = new Sandbox(settings)
  await sandbox.addAccounts(...keepers, ...senders, ...mailboxes)
  const fraction = seeded(seed)
  const work = new Work(sandbox)
  for (let round = 1; round <= rounds; round++) {
    const served = await sandbox.serve()
    await work.check(served)
    const enough = 1 + Math.floor(fraction() * most)
    await work.untilKilled(served, enough)
    say?.(`round ${round}: killed at confirmation ${enough}; so far ${JSON.stringify(work.counts)}`)
  }
  const last = await sandbox.serve()
  await work.check(last)
  assert.equal((await last.child.end()).code, 0)
  return work.counts
}

/** Numbers from 0 to 1 that follow from the seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

class Work {
  readonly counts: KillCounts = { accounts: 0, items: 0, messages: 0 }
  readonly #sandbox: Sandbox
  readonly #ledger = new Ledger()
  #serial = 0

  constructor(sandbox: Sandbox) {
    this.#sandbox = sandbox
  }

  /** Lets everybody work until so many confirmations were given, then kills the server. */
  async untilKilled(served: Served, enough: number): Promise<void> {
    const clients = await Promise.all(keepers.map(name => this.#sandbox.logIn(name, served)))
    const lines = await Promise.all(senders.map(name => this.#plain(name, served)))
    const ledger = this.#ledger
    const end = ledger.confirmations + enough
    const killing = new AbortController()
    const killed = killing.signal
    ledger.onConfirmed = () => {
      if (killed.aborted || ledger.confirmations < end) return
      killing.abort()
      served.child.kill()
    }
    const goOn = async (work: () => Promise<void>): Promise<void> => {
      try {
        while (!killed.aborted) await work()
      } catch (error) {
        if (!killed.aborted) throw error
      }
    }
    const keeping = clients.map((client, index) => () => this.#keep(client, keepers[index] ?? ''))
    const sending = lines.map((client, index) => () => this.#send(client, senders[index] ?? ''))
    await Promise.all([...keeping, ...sending, () => this.#register()].map(goOn))
    await served.child.ended
    await Promise.all(clients.map(client => client.close()))
  }

  /** Adds a roster item; every third one is removed again. */
  async #keep(client: Client, owner: string): Promise<void> {
    const items = this.#ledger.itemsOf(owner)
    const serial = ++this.#serial
    const jid = `friend${serial}@localhost`
    await this.#ledger.change(items, jid, true, () =>
      client.roster.add(jid, { name: `Friend ${serial}`, groups: ['Friends'] }),
    )
    this.counts.items++
    if (serial % 3 === 0) await this.#ledger.change(items, jid, false, () => client.roster.remove(jid))
  }

  /** Sends a few messages; the answer to a later ping on the same stream shows that they were handled. */
  async #send(client: PlainClient, sender: string): Promise<void> {
    for (const mailbox of mailboxes)
      for (let n = 0; n <= this.#serial % 4; n++)
        client.send(`${mailbox}@localhost`, this.#ledger.nextLetter(sender, mailbox))
    await client.ping()
    for (const mailbox of mailboxes) this.counts.messages += this.#ledger.lettersHandled(sender, mailbox)
  }

  /** Makes an account as the command does; every fourth one is removed again. */
  async #register(): Promise<void> {
    const { accounts } = this.#ledger
    const serial = ++this.#serial
    const name = `guest${serial}`
    const jid = `${name}@localhost`
    const ask = async (request: ControlRequest): Promise<void> => {
      const answered = await askServer(this.#sandbox.data, request)
      if (!answered) throw new Error('The server is gone')
      await done(answered)
    }
    await this.#ledger.change(accounts, name, true, () =>
      ask({ do: 'account add', jid, password: passwordOf(name) }),
    )
    this.counts.accounts++
    if (serial % 4 === 0)
      await this.#ledger.change(accounts, name, false, () => ask({ do: 'account remove', jid }))
  }

  /** @throws AssertionError */
  async check(served: Served): Promise<void> {
    await this.#checkAccounts(served)
    for (const keeper of keepers) await this.#checkRoster(served, keeper)
    for (const mailbox of mailboxes)
      this.#ledger.checkMailbox(mailbox, senders, await this.#emptied(served, mailbox))
  }

  /** All that were made are listed and the removed ones are not; each is logged in with once. */
  async #checkAccounts(served: Served): Promise<void> {
    const answered = await askServer(this.#sandbox.data, { do: 'account list' })
    const listed = new Set(answered && (await done(answered)))
    for (const [name, isThere] of this.#ledger.accounts) {
      assert.equal(listed.has(`${name}@localhost`), isThere, name)
      const login = this.#sandbox.logIn(name, served, { presence: false })
      if (isThere) await (await login).close()
      else await assert.rejects(login, AuthError)
    }
    this.#ledger.accounts.clear()
  }

  async #checkRoster(served: Served, keeper: string): Promise<void> {
    await using client = await this.#sandbox.logIn(keeper, served, { presence: false })
    for (const [jid, isThere] of this.#ledger.itemsOf(keeper)) {
      const contact = client.roster.get(jid)
      assert.equal(contact !== undefined, isThere, `${jid} in the roster of ${keeper}`)
      if (contact) assert.deepEqual(contact.groups, ['Friends'])
    }
  }

  /** The texts of all messages that were kept, in the order they come. */
  async #emptied(served: Served, mailbox: string): Promise<readonly string[]> {
    const client = await this.#plain(mailbox, served)
    client.available()
    await client.ping()
    await client.close()
    return client.texts
  }

  async #plain(name: string, served: Served): Promise<PlainClient> {
    return PlainClient.begin(await this.#sandbox.connect(name, served))
  }
}
