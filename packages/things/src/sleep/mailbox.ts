/** Settings that have waited for a thing to wake: the newest of each sender and key is carried out. */
import { type BareJid, bareOf, type Jid, parseJid } from '@waxwing/jid'
import { CLIENT_NS, Fate, Later, type LaterFate } from '@waxwing/protocol'
import { el, toElement } from '@waxwing/xml'
import { CommandError, refusalText } from '../control/command.ts'
import { roundTrip } from '../peer.ts'
import type { Off, ThingClient } from '../port.ts'
import type { Thing } from '../thing.ts'

/** Settings that wait for their turn; further ones are refused. */
const mostWaiting = 1_000
/** Of these, settings of one account, or of all strangers together: nobody takes the room of the others. */
const mostOfOne = 200

interface Letter {
  readonly from: Jid
  readonly later: Later
}

export class Mailbox {
  readonly #client: ThingClient
  readonly #thing: Thing
  #waiting: Letter[] = []
  #sorting: Promise<void> | undefined

  constructor(client: ThingClient, thing: Thing) {
    this.#client = client
    this.#thing = thing
  }

  listen(): Off {
    return this.#client.onMessage(Later, (later, { from, type }) => {
      if (type !== 'error') this.#take({ from, later })
    })
  }

  /** Settles when everything is carried out that was sent before. */
  async emptied(): Promise<void> {
    await roundTrip(this.#client)
    await this.#sorting
  }

  #take(letter: Letter): void {
    const who = this.#whoseOf(letter)
    const own = this.#waiting.reduce((count, one) => count + (this.#whoseOf(one) === who ? 1 : 0), 0)
    if (own >= mostOfOne || this.#waiting.length >= mostWaiting)
      return this.#tell(letter, 'refused', 'Too much waits already.')
    this.#waiting.push(letter)
    this.#sorting ??= this.#sort().finally(() => {
      this.#sorting = undefined
    })
  }

  /** Never rejects. */
  async #sort(): Promise<void> {
    while (this.#waiting.length > 0) {
      // What a server has kept comes in one go: all that arrives before its answer belongs together.
      await roundTrip(this.#client)
      const letters = this.#waiting.splice(0)
      const newest = new Map(letters.map(letter => [keyOf(letter), letter]))
      for (const letter of letters) {
        const counts = newest.get(keyOf(letter))
        if (counts === letter) await this.#open(letter)
        // What came twice is one.
        else if (counts?.later.id !== letter.later.id) this.#tell(letter, 'replaced')
      }
    }
  }

  async #open(letter: Letter): Promise<void> {
    const { from, later } = letter
    const { platform } = this.#client
    if (later.until.getTime() <= platform.clock.wall()) return this.#tell(letter, 'expired')
    try {
      const values = Object.fromEntries(later.settings.map(({ name, text }) => [name, text]))
      await this.#thing.command(from, values, later.nodes, 'later')
      this.#tell(letter, 'done')
    } catch (error) {
      if (!(error instanceof CommandError)) platform.report(error)
      this.#tell(letter, 'refused', error instanceof CommandError ? refusalText(error) : 'It failed.')
    }
  }

  /** To the account, where it waits if nobody is there. Strangers do not learn that anybody has woken. */
  #tell(letter: Letter, is: LaterFate, why = ''): void {
    const { id } = letter.later
    const account = bareOf(letter.from)
    if (is !== 'done' && this.#whoseOf(letter) === undefined) return
    this.#client.raw.send(el(CLIENT_NS, 'message', { to: account }, toElement(Fate, { id, is, why })))
  }

  /** The account of a sender that we know; `undefined`: a stranger. */
  #whoseOf({ from }: Letter): BareJid | undefined {
    const { jid, roster } = this.#client
    const account = bareOf(from)
    return account === bareOf(parseJid(jid)) || roster.get(account)?.seesUs ? account : undefined
  }
}

function keyOf({ from, later }: Letter): string {
  return JSON.stringify([bareOf(from), later.key])
}
