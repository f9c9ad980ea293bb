/** Tells clients what a stream takes before they find out (XEP-0478). */
import { CLIENT_NS, StreamLimits } from '@waxwing/protocol'
import { writeWire } from '@waxwing/xml'
import { defineFeature } from '../../kernel/feature.ts'

export const streamLimits = defineFeature({
  name: 'stream-limits',
  implements: [{ spec: 'XEP-0478', version: '0.2.0', coverage: 'complete', note: 'client streams' }],
  setup({ host: { limits } }) {
    const idleSeconds = limits.idleMs > 0 ? Math.floor(limits.idleMs / 1000) : undefined
    const shown = (maxBytes: number): string => writeWire(StreamLimits, { maxBytes, idleSeconds }, CLIENT_NS)
    const before = shown(limits.bytesBeforeLogin)
    const after = shown(limits.bytesAfterLogin)
    return { streamFeatures: { beforeLogin: () => before, afterLogin: () => after } }
  },
})
