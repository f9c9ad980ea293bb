// Push notifications (XEP-0357).
import type { Jid } from '@waxwing/jid'
import { attr, child, element, string, type Wire } from '@waxwing/xml'
import { DataForm } from './data-forms.ts'
import { anyJid } from './jids.ts'

const NS = 'urn:xmpp:push:0'
const PUBSUB_NS = 'http://jabber.org/protocol/pubsub'

/** From now on publish to this node when something comes that the client does not see. XEP-0357 §5. */
export interface EnablePush {
  readonly jid: Jid
  readonly node?: string | undefined
  /** Goes along with every notification, to the service alone. */
  readonly options?: DataForm | undefined
}
export const EnablePush: Wire<EnablePush> = element(NS, 'enable', {
  jid: attr('jid', anyJid),
  node: attr('node', string).maybe(),
  options: child(DataForm).maybe(),
})

/** No more; without a node: none of the service's. XEP-0357 §6. */
export interface DisablePush {
  readonly jid: Jid
  readonly node?: string | undefined
}
export const DisablePush: Wire<DisablePush> = element(NS, 'disable', {
  jid: attr('jid', anyJid),
  node: attr('node', string).maybe(),
})

/** Something has come. XEP-0357 §7. */
export interface PushNotification {
  /** Its FORM_TYPE is `urn:xmpp:push:summary`. */
  readonly summary?: DataForm | undefined
}
export const PushNotification: Wire<PushNotification> = element(NS, 'notification', {
  summary: child(DataForm).maybe(),
})

interface Holder {
  readonly notification: PushNotification
}
const Item: Wire<Holder> = element(PUBSUB_NS, 'item', { notification: child(PushNotification) })

interface Publish {
  readonly node?: string | undefined
  readonly item: Holder
}
const Publish: Wire<Publish> = element(PUBSUB_NS, 'publish', {
  node: attr('node', string).maybe(),
  item: child(Item),
})

interface Options {
  readonly form: DataForm
}
const Options: Wire<Options> = element(PUBSUB_NS, 'publish-options', { form: child(DataForm) })

/** A notification on its way to a push service. XEP-0357 §7, XEP-0060 §7.1. */
export interface PublishPush {
  readonly publish: Publish
  readonly options?: Options | undefined
}
export const PublishPush: Wire<PublishPush> = element(PUBSUB_NS, 'pubsub', {
  publish: child(Publish),
  options: child(Options).maybe(),
})

/** The FORM_TYPE of summaries. XEP-0357 §7. */
export const PUSH_SUMMARY = 'urn:xmpp:push:summary'
