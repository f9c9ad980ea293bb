/** Software version (XEP-0092). */
import { CLIENT_NS, Version, VersionQuery } from '@waxwing/protocol'
import { writeWire } from '@waxwing/xml'
import { setting } from '../../config/setting.ts'
import { defineFeature, onGet } from '../../kernel/feature.ts'
import { version as number } from '../../version.ts'

export const version = defineFeature({
  name: 'version',
  implements: [{ spec: 'XEP-0092', version: '1.1', coverage: 'complete' }],
  disco: { host: [Version.ns] },
  config: {
    showsSystem: setting.flag(false, 'Whether the answer names the operating system.'),
  },
  setup({ config }) {
    const os = config.showsSystem ? process.platform : undefined
    return {
      iq: [
        onGet(VersionQuery, 'host', () =>
          writeWire(Version, { name: 'Waxwing', version: number, os }, CLIENT_NS),
        ),
      ],
    }
  },
})
