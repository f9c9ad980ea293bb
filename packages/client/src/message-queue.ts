/** Messages that shall outlive the process: kept until the server has taken them over. */
import type { Outgoing } from './outbox.ts'

/** A message on its way, as it will be sent, however often. */
export interface KeptMessage {
  readonly id: string
  /** The stanza, standing in `jabber:client`. */
  readonly text: string
}

/** Where messages are kept; a program has one per account. */
export interface MessageQueue {
  /** What is kept, oldest first. Called once, before anything is sent. */
  load(): Promise<readonly KeptMessage[]>
  /** Settles when the message would survive the end of the process. */
  put(message: KeptMessage): Promise<void>
  /** The message need not be kept any more; ids that are not there are passed over. */
  remove(id: string): Promise<void>
}

export interface KeeperPort {
  send(stanza: Outgoing): () => boolean
  /** Whether the server acknowledges what it gets (XEP-0198); otherwise what was sent counts as delivered. */
  isManaged(): boolean
  report(fault: unknown): void
}

/** Sends messages and keeps them meanwhile. */
export class MessageKeeper {
  readonly #queue: MessageQueue | undefined
  readonly #port: KeeperPort

  constructor(queue: MessageQueue | undefined, port: KeeperPort) {
    this.#queue = queue
    this.#port = port
  }

  /** Hands what an earlier process kept to the outbox. Rejects with the queue's error. */
  async load(): Promise<void> {
    for (const { id, text } of (await this.#queue?.load()) ?? []) this.#port.send(this.#kept(id, { text }))
  }

  /** As the outbox' `add`. */
  send(id: string, stanza: Outgoing): () => boolean {
    if (!this.#queue) return this.#port.send({ ...stanza, isRepeatable: true })
    this.#report(this.#queue.put({ id, text: stanza.text }))
    try {
      const takeBack = this.#port.send(this.#kept(id, stanza))
      return () => {
        this.#remove(id)
        return takeBack()
      }
    } catch (error) {
      this.#remove(id)
      throw error
    }
  }

  #kept(id: string, stanza: Outgoing): Outgoing {
    return {
      text: stanza.text,
      isRepeatable: true,
      sent: () => {
        if (!this.#port.isManaged()) this.#remove(id)
        stanza.sent?.()
      },
      accepted: () => {
        this.#remove(id)
        stanza.accepted?.()
      },
      // what fails because the client is closed is for the next process
      failed: error => stanza.failed?.(error),
    }
  }

  #remove(id: string): void {
    if (this.#queue) this.#report(this.#queue.remove(id))
  }

  #report(work: Promise<void>): void {
    work.catch((error: unknown) => this.#port.report(error))
  }
}
