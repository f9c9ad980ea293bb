/** What the features of a host put into a stream's features at one moment of it. RFC 6120 §4.3.2. */
import { Joined } from '@waxwing/stream'
import type { ClientSession } from '../session/client-session.ts'

type Offer = (session?: ClientSession) => string

export class StreamOffers {
  readonly #offers: Offer[] = []
  readonly #joined = new Joined()

  add(offer: Offer): void {
    this.#offers.push(offer)
  }

  text(session: ClientSession | undefined): string {
    return this.#joined.of(...this.#offers.map(offer => offer(session)))
  }
}
