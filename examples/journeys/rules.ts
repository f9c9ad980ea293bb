// A boiler that asks its owner's rules, and an owner who is asked: node examples/journeys/rules.ts [<boiler> <password> <ann> <password> <office> <password>]
import { Rules } from '@waxwing/protocol'
import { int, quantity, read, thing } from '@waxwing/things'
import { stage } from './stage.ts'

await using here = await stage('boiler', 'ann', 'office')
const { boiler, ann, office } = here.clients

// The boiler decides nothing itself: it asks the provisioning server of its domain, and remembers the answer.
thing(boiler, {
  fields: {
    Temperature: quantity('°C', { precision: 1, read: () => 63 }),
    Setting: int({ min: 40, max: 80, read: () => 60, write: () => undefined }),
  },
  provisioning: { server: 'auto', owner: ann.account },
})

// Whose rules count is said by both sides: the boiler names Ann, and Ann's rules name the boiler.
const questions = ann.chat.messages()
const judge = await provisioningServer()
await ann.iq.set(Rules, judge, { text: `own ${boiler.account}\n` }, undefined)
console.log(`office: ${await office.roster.request(boiler.account)}`)

// Nobody waits for Ann: the office was turned away. She reads the question when she has time, and says yes or no.
let rules = `own ${boiler.account}\n`
async function answer(): Promise<void> {
  const { value: question } = await questions.next()
  const [asked, rule = ''] = question?.body.split('\n') ?? []
  console.log(`ann is asked: ${asked}`)
  rules += `${rule}\n`
  await ann.iq.set(Rules, judge, { text: rules }, undefined)
  console.log(`ann adds: ${rule}`)
}
await answer()

// Now the office may see the boiler, and learns that reading is another question.
console.log(`office: ${await office.roster.request(boiler.account)}`)
await attempt()
await answer()
await attempt()

async function attempt(): Promise<void> {
  try {
    for await (const field of read(office, boiler.account, { fields: ['Temperature'] }))
      if (field.kind === 'quantity') console.log(`office reads ${field.name}: ${field.text} ${field.unit}`)
  } catch (error) {
    console.log(`office: ${error instanceof Error ? error.message : String(error)}`)
  }
}

/** The first service of Ann's server that keeps rules. */
async function provisioningServer(): Promise<string> {
  for (const { jid } of await ann.disco.items(ann.domain))
    if (await ann.disco.supports(jid, Rules.ns)) return jid
  throw new Error(`${ann.domain} has no provisioning server`)
}
