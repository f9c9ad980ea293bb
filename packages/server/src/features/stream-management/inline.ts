/** Enabling and resuming inside the login: XEP-0198 §9. */
import { SmEnable, SmFeature, SmResume } from '@waxwing/protocol'
import { type Element, readWire, type Wire, WireError, writeWire } from '@waxwing/xml'
import type { Inline, Resumption } from '../../kernel/inline.ts'
import type { ClientStream } from '../../session/client-stream.ts'
import { failed, type House } from './house.ts'

export function inline(house: House): Inline {
  return {
    advertised: () => writeWire(SmFeature, {}),
    resume: {
      ns: SmResume.ns,
      name: SmResume.name,
      handle: (element, stream) => resume(house, element, stream),
    },
    bind: [
      {
        ns: SmEnable.ns,
        name: SmEnable.name,
        feature: SmFeature.ns,
        handle: (element, session, stream) => {
          const request = read(SmEnable, element)
          if (!request) return failed('bad-request')
          // it is known at once, or the answer would come too late for this turn
          if (house.resends.of(session.account.jid) instanceof Promise) return failed('resource-constraint')
          const answer = house.enable(stream, request)
          return answer instanceof Promise ? failed('resource-constraint') : answer
        },
      },
    ],
  }
}

async function resume(house: House, element: Element, stream: ClientStream): Promise<Resumption> {
  const request = read(SmResume, element)
  if (!request) return { text: failed('bad-request') }
  const found = await house.resume(stream, request)
  if (!found.isResumed) return { text: found.xml }
  return { text: found.xml, jid: found.jid, begin: () => found.goOn() }
}

function read<T>(wire: Wire<T>, element: Element): T | undefined {
  try {
    return readWire(wire, element)
  } catch (error) {
    if (error instanceof WireError) return undefined
    throw error
  }
}
