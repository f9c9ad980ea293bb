/** How owners are asked whether somebody may subscribe, and what they answer. XEP-0060 §8.6. */
import { bareOf, type Jid, tryJid } from '@waxwing/jid'
import { DataForm, formTypeOf, SUBSCRIBE_AUTHORIZATION, valueOf } from '@waxwing/protocol'
import type { Stanza } from '../../router/stanza.ts'
import type { Asked } from '../pubsub/desk.ts'
import { readable } from '../pubsub/readable.ts'

/** What the owner has decided. */
export interface Decision {
  readonly asked: Asked
  readonly node: string
  readonly subscriber: Jid
  readonly isAllowed: boolean
}

/** The question. */
export function authorizationForm(node: string, subscriber: Jid): DataForm {
  return {
    type: 'form',
    title: 'Somebody wants to subscribe',
    instructions: [`${subscriber} wants to hear of what you publish.`],
    fields: [
      { var: 'FORM_TYPE', type: 'hidden', values: [SUBSCRIBE_AUTHORIZATION] },
      { var: 'pubsub#node', type: 'text-single', label: 'Node', values: [node] },
      { var: 'pubsub#subscriber_jid', type: 'jid-single', label: 'Who', values: [subscriber] },
      { var: 'pubsub#allow', type: 'boolean', label: 'May they?', values: ['false'] },
    ],
  }
}

/**
 * The answer in a message of an owner to the own account.
 *
 * @returns `undefined`: it is some other message; `'open'`: the question stays open
 */
export function decisionIn(stanza: Stanza): Decision | 'open' | undefined {
  const { to, from } = stanza
  if (stanza.headName !== DataForm.name || stanza.headNs !== DataForm.ns) return undefined
  if (to !== undefined && to !== bareOf(from)) return undefined
  const form = readable(() => stanza.as(DataForm))
  if (!form || formTypeOf(form) !== SUBSCRIBE_AUTHORIZATION) return undefined
  const subscriber = tryJid(valueOf(form, 'pubsub#subscriber_jid') ?? '')
  if (form.type !== 'submit' || subscriber === undefined) return 'open'
  return {
    asked: { service: bareOf(from), from },
    node: valueOf(form, 'pubsub#node') ?? '',
    subscriber,
    isAllowed: ['1', 'true'].includes(valueOf(form, 'pubsub#allow') ?? ''),
  }
}
