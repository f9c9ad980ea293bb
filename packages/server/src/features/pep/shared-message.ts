/** One message for many: its content is written once, and every receiver gets the same bytes. */
import type { Jid } from '@waxwing/jid'
import { CLIENT_NS, STREAMS_NS } from '@waxwing/protocol'
import { bufferBytes, type Slice, StanzaSlicer, type XmlLimits } from '@waxwing/xml'
import { Stanza } from '../../router/stanza.ts'

const opening = `<stream:stream xmlns='${CLIENT_NS}' xmlns:stream='${STREAMS_NS}'>`

export class SharedMessage {
  readonly #from: Jid
  readonly #type: string | undefined
  readonly #id: string
  readonly #payload: string
  /** Made for the first receiver. */
  #slice: Slice | undefined

  /** @param payload XML of our own making */
  constructor(from: Jid, type: 'headline' | 'normal', id: string, payload: string) {
    this.#from = from
    this.#type = type === 'normal' ? undefined : type
    this.#id = id
    this.#payload = payload
  }

  to(to: Jid): Stanza {
    const header = { kind: 'message', type: this.#type, id: this.#id, from: this.#from, to } as const
    this.#slice ??= sliceOf(this.#payload)
    return Stanza.recast(header, this.#slice)
  }
}

/** What was taken in has passed the limits of whoever sent it; here it is our own. */
const most = Number.MAX_SAFE_INTEGER
const limits: XmlLimits = {
  maxStanzaBytes: most,
  maxDepth: most,
  maxAttributes: most,
  maxNameBytes: most,
  maxAttributeBytes: most,
  maxNamespaces: most,
}

function sliceOf(payload: string): Slice {
  const slices: Slice[] = []
  const sink = {
    opened() {},
    closed() {},
    sliced: (slice: Slice) => void slices.push(slice),
    failed(error: Error) {
      throw error
    },
  }
  const text = `${opening}<message>${payload}</message>`
  new StanzaSlicer({ sink, limits, bytes: bufferBytes(Buffer) }).feed(Buffer.from(text))
  const [slice] = slices
  if (!slice) throw new Error('A notification could not be read again')
  return slice
}
