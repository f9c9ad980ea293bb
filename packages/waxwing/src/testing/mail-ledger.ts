/** What was sent, acknowledged and received on the ways between senders and receivers, and what is wrong with it. */

/** What went wrong; all must be 0. */
export interface MailFaults {
  /** Acknowledged, and never received. */
  lost: number
  /** Received again though nobody had to send it again. */
  doubled: number
  /** Received behind a later one. */
  reordered: number
}

/** Messages of one sender to one receiver, numbered from 1. */
interface Way {
  sent: number
  acked: number
  /** The highest number received. */
  received: number
  /** Lower numbers that have not been received. */
  readonly missing: Set<number>
}

export class MailLedger {
  readonly faults: MailFaults = { lost: 0, doubled: 0, reordered: 0 }
  /** Received again because the receiver had not said that it has them. */
  repeated = 0
  /** Descriptions of the first faults. */
  readonly notes: string[] = []
  readonly #ways = new Map<string, Way>()

  /** The number of the next message on this way. */
  next(sender: string, receiver: string): number {
    return ++this.#way(sender, receiver).sent
  }

  acked(sender: string, receiver: string, number: number): void {
    const way = this.#way(sender, receiver)
    way.acked = Math.max(way.acked, number)
  }

  /** @param mayRepeat the receiver cannot be known to have it, even if it had it before */
  received(sender: string, receiver: string, number: number, mayRepeat: boolean): void {
    const way = this.#way(sender, receiver)
    const note = (what: string): void => this.#note(`${sender} to ${receiver}: ${number} ${what}`)
    if (number > way.received) {
      for (let n = way.received + 1; n < number; n++) way.missing.add(n)
      if (number > way.received + 1) note(`came right behind ${way.received}`)
      way.received = number
    } else if (way.missing.delete(number)) {
      this.faults.reordered++
      note(`came behind ${way.received}`)
    } else if (mayRepeat) this.repeated++
    else {
      this.faults.doubled++
      note('came twice')
    }
  }

  /** Whether everything sent has been acknowledged and received: nothing is under way any more. */
  isSettled(sender: string, receiver: string): boolean {
    const { sent, acked, received, missing } = this.#way(sender, receiver)
    return acked === sent && received === sent && missing.size === 0
  }

  /** Nothing more will come: what was acknowledged and is not there is lost. */
  close(): MailFaults {
    for (const [name, { acked, received, missing }] of this.#ways) {
      const lost = [...missing].filter(number => number <= acked).length + Math.max(0, acked - received)
      if (lost > 0) this.#note(`${name}: ${lost} lost`)
      this.faults.lost += lost
    }
    return this.faults
  }

  /** Messages acknowledged on all ways. */
  get count(): number {
    return [...this.#ways.values()].reduce((sum, { acked }) => sum + acked, 0)
  }

  #note(text: string): void {
    if (this.notes.length < 20) this.notes.push(text)
  }

  #way(sender: string, receiver: string): Way {
    const name = `${sender} to ${receiver}`
    const way = this.#ways.get(name) ?? { sent: 0, acked: 0, received: 0, missing: new Set<number>() }
    this.#ways.set(name, way)
    return way
  }
}
