/** Entity time (XEP-0202): devices set their clocks by it. */
import { CLIENT_NS, EntityTime, EntityTimeQuery } from '@waxwing/protocol'
import { writeWire } from '@waxwing/xml'
import { defineFeature, onGet } from '../../kernel/feature.ts'

export const entityTime = defineFeature({
  name: 'entity-time',
  implements: [{ spec: 'XEP-0202', version: '2.0', coverage: 'complete' }],
  disco: { host: [EntityTime.ns] },
  setup({ clock }) {
    return {
      iq: [
        onGet(EntityTimeQuery, 'host', () => {
          const now = new Date(clock.wall())
          return writeWire(EntityTime, { tzo: -now.getTimezoneOffset(), utc: now }, CLIENT_NS)
        }),
      ],
    }
  },
})
