// Advanced message processing (XEP-0079): what becomes of a message that cannot go straight to whom it is for.

import type { Jid } from '@waxwing/jid'
import { attr, bool, children, type Element, el, element, string, toElement, type Wire } from '@waxwing/xml'
import { anyJid } from './jids.ts'

const NS = 'http://jabber.org/protocol/amp'

/** XEP-0079 §3.3. */
export const ampConditions = ['deliver', 'expire-at', 'match-resource'] as const
export type AmpCondition = (typeof ampConditions)[number]

/** XEP-0079 §3.4. */
export const ampActions = ['alert', 'drop', 'error', 'notify'] as const
export type AmpAction = (typeof ampActions)[number]

/** Do `action` if `condition` is true for `value`. XEP-0079 §4.2. */
export interface AmpRule {
  /** One of `ampActions`, or one that is not supported here. */
  readonly action: string
  /** One of `ampConditions`, or one that is not supported here. */
  readonly condition: string
  readonly value: string
}
export const AmpRule: Wire<AmpRule> = element(NS, 'rule', {
  action: attr('action', string),
  condition: attr('condition', string),
  value: attr('value', string),
})

/** XEP-0079 §4.1. */
export interface Amp {
  /** Which action this tells of; absent in what is sent. */
  readonly status?: string | undefined
  /** Who sent the message first; servers put it in. */
  readonly from?: Jid | undefined
  /** Whom it was for; servers put it in. */
  readonly to?: Jid | undefined
  /** For every server on the way, not for the first and the last alone. */
  readonly perHop?: boolean | undefined
  readonly rules: readonly AmpRule[]
}
export const Amp: Wire<Amp> = element(NS, 'amp', {
  status: attr('status', string).maybe(),
  from: attr('from', anyJid).maybe(),
  to: attr('to', anyJid).maybe(),
  perHop: attr('per-hop', bool).maybe(),
  rules: children(AmpRule),
})

/** The conditions beside stanza errors, each with the rules it is about. XEP-0079 §6.1. */
export type AmpFault = 'unsupported-actions' | 'unsupported-conditions' | 'invalid-rules' | 'failed-rules'

export function ampCondition(fault: AmpFault, rules: readonly AmpRule[]): Element {
  const ns = fault === 'failed-rules' ? `${NS}#errors` : NS
  const children = rules.map(rule => ({ ...toElement(AmpRule, rule), ns }))
  return el(ns, fault, {}, ...children)
}
