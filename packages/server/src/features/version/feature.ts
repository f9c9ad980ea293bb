/** Which software this is: asked for (XEP-0092), and shown along with what it can do (XEP-0232). */
import { CLIENT_NS, formTypeField, Version, VersionQuery } from '@waxwing/protocol'
import { writeWire } from '@waxwing/xml'
import { setting } from '../../config/setting.ts'
import { defineFeature, onGet } from '../../kernel/feature.ts'
import { version as number } from '../../version.ts'

export const version = defineFeature({
  name: 'version',
  implements: [
    { spec: 'XEP-0092', version: '1.1', coverage: 'complete' },
    { spec: 'XEP-0232', version: '0.3', coverage: 'complete' },
  ],
  disco: { host: [Version.ns] },
  config: {
    showsSystem: setting.flag(false, 'Whether the answer names the operating system.'),
  },
  setup({ config }) {
    const os = config.showsSystem ? process.platform : undefined
    const facts = { software: 'Waxwing', software_version: number, os }
    const fields = Object.entries(facts).flatMap(([name, value]) =>
      value === undefined ? [] : [{ var: name, values: [value] }],
    )
    const form = {
      type: 'result',
      fields: [formTypeField('urn:xmpp:dataforms:softwareinfo'), ...fields],
    } as const
    return {
      disco: { hostForms: [form] },
      iq: [
        onGet(VersionQuery, 'host', () =>
          writeWire(Version, { name: 'Waxwing', version: number, os }, CLIENT_NS),
        ),
      ],
    }
  },
})
