/** Loops that follow the state of a client. */
import { Feed, type FeedOptions } from './feed.ts'
import type { Status } from './session-keeper.ts'

export class StatusFeeds {
  readonly #feeds = new Set<Feed<Status>>()

  /** A feed of the state now and of every later one; it ends with the client. */
  open(now: Status, options: FeedOptions): Feed<Status> {
    const feed = new Feed<Status>(options, ended => this.#feeds.delete(ended))
    feed.push(now)
    if (now.state === 'closed') feed.end()
    else this.#feeds.add(feed)
    return feed
  }

  push(status: Status): void {
    for (const feed of this.#feeds) feed.push(status)
  }

  end(): void {
    for (const feed of this.#feeds) feed.end()
  }
}
