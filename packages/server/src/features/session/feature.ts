/** Session establishment: a step of RFC 3921 that old clients still take and that changes nothing. */
import { SessionFeature } from '@waxwing/protocol'
import { defineFeature, onSet } from '../../kernel/feature.ts'

const offer = `<session xmlns='${SessionFeature.ns}'><optional/></session>`

export const session = defineFeature({
  name: 'session',
  implements: [{ spec: 'RFC 3921', coverage: 'partial', note: '§3, for old clients' }],
  setup() {
    const established = (): string => ''
    return {
      streamFeatures: { afterLogin: () => offer },
      iq: [onSet(SessionFeature, 'host', established), onSet(SessionFeature, 'self', established)],
    }
  },
})
