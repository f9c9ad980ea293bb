/** What is asked of an inviter, and what the inviter gets. XEP-0401 §5.1, §5.4. */
import { declareForm, field } from '@waxwing/protocol'

export const InvitationForm = declareForm('urn:xmpp:invite#invitation', {
  uri: field.text('Link'),
  'landing-url': field.text('Page to hand on'),
  expire: field.text('Valid until'),
})

export const CreateAccount = declareForm('urn:xmpp:invite#create-account', {
  username: field.text('User name'),
  'roster-subscription': field.flag('Becomes a contact of yours'),
})
