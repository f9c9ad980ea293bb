/** XMPP ping (XEP-0199). */
import { Ping } from '@waxwing/protocol'
import { defineFeature, onGet } from '../../kernel/feature.ts'

export const ping = defineFeature({
  name: 'ping',
  implements: [{ spec: 'XEP-0199', version: '2.0.1', coverage: 'complete' }],
  disco: { host: [Ping.ns], account: [Ping.ns] },
  setup() {
    const alive = (): string => ''
    return { iq: [onGet(Ping, 'host', alive), onGet(Ping, 'self', alive)] }
  },
})
