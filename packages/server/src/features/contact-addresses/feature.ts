/** Whom to write to about this server (XEP-0157), shown in service discovery (XEP-0128). */
import { type FormField, formTypeField } from '@waxwing/protocol'
import { setting } from '../../config/setting.ts'
import { defineFeature } from '../../kernel/feature.ts'

const kinds = ['abuse', 'admin', 'feedback', 'sales', 'security', 'status', 'support'] as const

const uri = setting.text('mailto:admin@localhost', 'An address.', {
  form: 'a URI, as in "mailto:admin@example.org" or "xmpp:admin@example.org"',
  accepts: text => URL.canParse(text),
})
const addresses = (about: string) =>
  setting.list(uri, [], `Where people turn ${about}, as URIs.`, { max: 100 })

export const contactAddresses = defineFeature({
  name: 'contact-addresses',
  implements: [{ spec: 'XEP-0157', version: '1.1.1', coverage: 'complete' }],
  config: {
    abuse: addresses('to report abuse'),
    admin: addresses('to reach the administrators'),
    feedback: addresses('with praise and complaints'),
    sales: addresses('to buy something'),
    security: addresses('with security problems'),
    status: addresses('to see how the service is'),
    support: addresses('for help'),
  },
  setup({ config }) {
    const fields = kinds.flatMap((kind): readonly FormField[] =>
      config[kind].length === 0
        ? []
        : [{ var: `${kind}-addresses`, type: 'list-multi', values: config[kind] }],
    )
    if (fields.length === 0) return {}
    const form = {
      type: 'result' as const,
      fields: [formTypeField('http://jabber.org/network/serverinfo'), ...fields],
    }
    return { disco: { hostForms: [form] } }
  },
})
