/** What a server has confirmed, and what must therefore be there after it was killed. */
import assert from 'node:assert/strict'

/** Messages of one sender to one mailbox, numbered from 1 in the order sent. */
interface Letters {
  /** The highest number handed to the connection. */
  sent: number
  /** The highest number the server has shown to have handled. */
  confirmed: number
  /** All up to here have been looked for already. */
  checked: number
}

export class Ledger {
  /** Accounts by name: `true` there, `false` removed; one whose last change was not confirmed is not listed. */
  readonly accounts = new Map<string, boolean>()
  /** Roster items by owner and address, as accounts. */
  readonly items = new Map<string, Map<string, boolean>>()
  readonly #letters = new Map<string, Letters>()
  /** Changes confirmed so far. */
  confirmations = 0
  /** Told of each confirmation, at once. */
  onConfirmed: (() => void) | undefined

  /** Makes a change whose result is `isThere`; until it is confirmed nobody knows. */
  async change(
    known: Map<string, boolean>,
    key: string,
    isThere: boolean,
    make: () => Promise<void>,
  ): Promise<void> {
    known.delete(key)
    await make()
    known.set(key, isThere)
    this.#confirmed()
  }

  itemsOf(owner: string): Map<string, boolean> {
    const items = this.items.get(owner) ?? new Map<string, boolean>()
    this.items.set(owner, items)
    return items
  }

  /** The text of the next message on this way. */
  nextLetter(sender: string, mailbox: string): string {
    const letters = this.#lettersOf(sender, mailbox)
    letters.sent++
    return `${sender} ${letters.sent}`
  }

  /** Everything sent on this way up to now has been handled. @returns how many are new */
  lettersHandled(sender: string, mailbox: string): number {
    const letters = this.#lettersOf(sender, mailbox)
    const fresh = letters.sent - letters.confirmed
    letters.confirmed = letters.sent
    this.#confirmed()
    return fresh
  }

  /** Compares what lay in a mailbox with what was sent: nothing lost, nothing twice, in order. */
  checkMailbox(mailbox: string, senders: readonly string[], texts: readonly string[]): void {
    for (const sender of senders) {
      const letters = this.#lettersOf(sender, mailbox)
      const found = texts
        .filter(text => text.startsWith(`${sender} `))
        .map(text => Number(text.split(' ')[1]))
      const wanted = found.map((_, index) => letters.checked + 1 + index)
      assert.deepEqual(found, wanted, `messages of ${sender} to ${mailbox} are not those sent, in order`)
      const last = found.at(-1) ?? letters.checked
      assert.ok(last >= letters.confirmed, `${sender} was confirmed ${letters.confirmed}, kept is ${last}`)
      letters.checked = letters.sent
      letters.confirmed = letters.sent
    }
  }

  #lettersOf(sender: string, mailbox: string): Letters {
    const way = `${sender} ${mailbox}`
    const letters = this.#letters.get(way) ?? { sent: 0, confirmed: 0, checked: 0 }
    this.#letters.set(way, letters)
    return letters
  }

  #confirmed(): void {
    this.confirmations++
    this.onConfirmed?.()
  }
}
