/** Messages that arrive while somebody reads the archive, so that reading can go on with them. */
import { bareOf, type Jid, parseJid } from '@waxwing/jid'
import type { ArchivedMessage } from './archive.ts'
import type { ChatMessage } from './chat-message.ts'
import type { Client } from './client.ts'

/** What waits for a slow reader; beyond it the archive is asked again. */
const most = 1_000

export class Arrivals implements AsyncDisposable {
  readonly #client: Client
  readonly #with: Jid | undefined
  readonly #offs: (() => void)[]
  #waiting: ArchivedMessage[] = []
  /** Archive ids shown last: a message may arrive just after the archive has told of it. */
  readonly #shown = new Set<string>()
  #wake: (() => void) | undefined
  /** Something may have been missed: the archive must be asked again. */
  isStale = false

  /** @throws JidError */
  constructor(client: Client, withJid: string | undefined, signal: AbortSignal | undefined) {
    this.#client = client
    this.#with = withJid === undefined ? undefined : parseJid(withJid)
    const wake = (): void => this.#wake?.()
    signal?.addEventListener('abort', wake, { once: true })
    this.#offs = [
      client.on('message', message => this.#arrived(message)),
      client.on('session', () => this.#miss()),
      client.on('state', wake),
      () => signal?.removeEventListener('abort', wake),
    ]
    this.#signal = signal
  }

  readonly #signal: AbortSignal | undefined

  /** The client is closed: nothing will arrive any more. Throws the reason of the signal. */
  get isOver(): boolean {
    this.#signal?.throwIfAborted()
    return this.#client.state === 'closed'
  }

  /** The archive has told of it: it need not be told again. */
  shown({ id }: ArchivedMessage): void {
    if (id === undefined) return
    this.#waiting = this.#waiting.filter(message => message.id !== id)
    this.#shown.add(id)
    for (const oldest of this.#shown) {
      if (this.#shown.size <= most) return
      this.#shown.delete(oldest)
    }
  }

  /** The next that has arrived, if any. */
  take(): ArchivedMessage | undefined {
    return this.#waiting.shift()
  }

  /** Settles when there is something to look at. */
  changed(): Promise<void> {
    return new Promise(resolve => {
      this.#wake = resolve
    })
  }

  [Symbol.asyncDispose](): Promise<void> {
    for (const off of this.#offs) off()
    return Promise.resolve()
  }

  #arrived(message: ChatMessage): void {
    const { from, archiveId: id, body, stanza } = message
    if (this.#with !== undefined && from !== this.#with && bareOf(from) !== this.#with) return
    if (id !== undefined && this.#shown.has(id)) return
    if (this.#waiting.length >= most) return this.#miss()
    const at = message.delayedSince ?? new Date(this.#client.platform.clock.wall())
    this.#waiting.push({ id, at, from, to: stanza.to, isOurs: false, body, stanza })
    this.#wake?.()
  }

  #miss(): void {
    this.#waiting = []
    this.isStale = true
    this.#wake?.()
  }
}
