/** Client state indication: a client nobody looks at is not woken for what can wait. XEP-0352. */
import { ClientActive, ClientInactive, ClientStateFeature } from '@waxwing/protocol'
import { writeWire } from '@waxwing/xml'
import { setting } from '../../config/setting.ts'
import { defineFeature } from '../../kernel/feature.ts'
import { hook } from '../../kernel/hooks.ts'
import type { ClientSession } from '../../session/client-session.ts'
import { WaitingRoom } from './waiting-room.ts'

const offer = writeWire(ClientStateFeature, {})

export const clientState = defineFeature({
  name: 'client-state',
  implements: [{ spec: 'XEP-0352', version: '1.0.0', coverage: 'complete' }],
  config: {
    maxStanzas: setting.count(500, 'Stanzas that wait for an inactive client; with one more all go out.', {
      max: 100_000,
    }),
    maxBytes: setting.bytes('256 KiB', 'Size of what waits for an inactive client at most.'),
    maxWait: setting.duration('30m', 'Time after which what waits goes out all the same.', {
      min: 1_000,
      max: 86_400_000,
    }),
  },
  setup({ config, clock }) {
    function rest(session: ClientSession | undefined): void {
      if (session) session.gate ??= new WaitingRoom(session, config, clock)
    }

    /** Also after a resumption: every stream begins in the active state. XEP-0352 §5.2 */
    function wake(session: ClientSession | undefined): void {
      const room = roomOf(session)
      if (!session || !room) return
      session.gate = undefined
      room.flush()
    }

    const { ns } = ClientStateFeature
    return {
      streamFeatures: { afterLogin: () => offer },
      nonzas: [
        { ns, name: ClientInactive.name, when: 'bound', handle: (_, { session }) => rest(session) },
        { ns, name: ClientActive.name, when: 'bound', handle: (_, { session }) => wake(session) },
      ],
      inline: {
        bind: [
          {
            ns,
            name: ClientInactive.name,
            feature: ns,
            handle(_element, session) {
              rest(session)
              return ''
            },
          },
        ],
      },
      hooks: [
        hook('session:resumed', 'change', ({ session }) => wake(session)),
        hook('session:ended', 'watch', ({ session }) => {
          roomOf(session)?.close()
          session.gate = undefined
        }),
      ],
    }
  },
})

function roomOf(session: ClientSession | undefined): WaitingRoom | undefined {
  return session?.gate instanceof WaitingRoom ? session.gate : undefined
}
