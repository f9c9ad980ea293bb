/** Commands that were carried out lately: one that comes a second time is answered as the first time, and not done again. */
import type { Jid } from '@waxwing/jid'
import type { ControlAnswer, ControlRequest, DataForm } from '@waxwing/protocol'

/** Answers remembered for one client, by the id of the request. */
const remembered = 32
const rememberedMs = 60_000
/** Clients whose commands are remembered. */
const mostClients = 1_000

interface Memory {
  readonly at: number
  /** What was asked: who counts anew and asks something else is not answered as before. */
  readonly mark: string
  readonly answer: Promise<ControlAnswer>
}

export class CommandMemory {
  readonly #all = new Map<Jid, Map<string, Memory>>()

  /**
   * The answer to a command of this id, which is carried out unless it was.
   *
   * @param now in milliseconds
   */
  once(
    request: ControlRequest,
    { from, id }: { readonly from: Jid; readonly id: string },
    now: number,
    act: () => Promise<ControlAnswer>,
  ): Promise<ControlAnswer> {
    const own = this.#of(from)
    const mark = markOf(request)
    const known = own.get(id)
    if (known && now - known.at < rememberedMs && known.mark === mark) return known.answer
    const answer = act()
    own.delete(id)
    own.set(id, { at: now, mark, answer })
    leave(own, remembered)
    return answer
  }

  /** They are gone: whoever comes under this address begins anew. */
  forget(from: Jid): void {
    this.#all.delete(from)
  }

  #of(from: Jid): Map<string, Memory> {
    const own = this.#all.get(from) ?? new Map<string, Memory>()
    this.#all.set(from, own)
    leave(this.#all, mostClients)
    return own
  }
}

/** The newest stay. */
function leave(map: Map<unknown, unknown>, most: number): void {
  for (const oldest of map.keys()) {
    if (map.size <= most) return
    map.delete(oldest)
  }
}

/** Tells commands of one client, or states of one form, apart without keeping them. */
export function markOf(request: ControlRequest | DataForm): string {
  const text = JSON.stringify(request, (_, value: unknown) => (value instanceof Map ? [...value] : value))
  let hash = 0
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x0100_0193)
  return `${text.length} ${hash}`
}
