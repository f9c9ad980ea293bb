/** What a notification tells: as little as the operator allows. XEP-0357 §7, §10. */
import type { Jid } from '@waxwing/jid'
import { type DataForm, formTypeField, PUSH_SUMMARY } from '@waxwing/protocol'

/** What has come for a client since it was last there. */
export interface Pending {
  readonly messages: number
  readonly requests: number
  readonly sender: Jid
  readonly body: string | undefined
}

export interface SummaryRules {
  readonly tellSender: boolean
  readonly tellBody: boolean
}

const mostBody = 1_000

export function summaryOf({ messages, requests, sender, body }: Pending, rules: SummaryRules): DataForm {
  const field = (name: string, value: string): { var: string; values: readonly string[] } => ({
    var: name,
    values: [value],
  })
  const fields = [formTypeField(PUSH_SUMMARY), field('message-count', String(messages))]
  if (requests > 0) fields.push(field('pending-subscription-count', String(requests)))
  if (rules.tellSender) fields.push(field('last-message-sender', sender))
  if (rules.tellBody && body !== undefined) fields.push(field('last-message-body', body.slice(0, mostBody)))
  return { type: 'submit', fields }
}
