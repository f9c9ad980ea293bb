// A boiler that asks before it lets anybody in, and an owner who decides: node examples/journeys/rules.ts [<boiler> <password> <ann> <password> <office> <password>]
import { claim, int, quantity, questions, read, thing } from '@waxwing/things'
import { stage } from './stage.ts'

await using here = await stage('boiler', 'ann', 'office')
const { boiler, ann, office } = here.clients

// The boiler decides nothing itself: it asks the provisioning server of its domain, and remembers the answer. Whose
// rules count there follows from the registry: those of its owner.
const label = Promise.withResolvers<string>()
thing(boiler, {
  fields: {
    Temperature: quantity('°C', { precision: 1, read: () => 63 }),
    Pressure: quantity('bar', { precision: 2, read: () => 1.65 }),
    Setting: int({ min: 40, max: 80, read: () => 60, write: () => undefined }),
  },
  provisioning: 'auto',
  registry: 'auto',
  meta: { MODEL: 'Boiler', SN: '4711' },
  onUnclaimed: link => label.resolve(link),
})
await claim(ann, await label.promise)

// No rule is about the office yet: it is turned away, and need not wait for Ann. She is asked when she has time, for the
// server keeps the question.
console.log(`office: ${await office.roster.request(boiler.account)}`)
const asked = questions(ann)
await answer()
console.log(`office: ${await office.roster.request(boiler.account)}`)

// To see the boiler is one thing, to read it another. Ann allows less than was asked for: one field of all.
await attempt()
await answer('Temperature')
await attempt()

/** Ann hears the next question and says yes, to some fields or to all; the server makes a rule of it for the future. */
async function answer(...only: readonly string[]): Promise<void> {
  const { value: question } = await asked.next()
  if (!question) throw new Error('Nobody asks any more')
  const { caller, verb, thing: what, names } = question
  const which = names.length > 0 ? `${names.join(', ')} of ` : ''
  console.log(`ann is asked: may ${caller} ${verb} ${which}${what}?`)
  await question.allow(only.length > 0 ? { only } : {})
  console.log(`ann allows ${only.join() || 'it'}`)
}

async function attempt(): Promise<void> {
  try {
    for await (const field of read(office, boiler.account, { types: ['momentary'] }))
      if (field.kind === 'quantity') console.log(`office reads ${field.name}: ${field.text} ${field.unit}`)
  } catch (error) {
    console.log(`office: ${error instanceof Error ? error.message : String(error)}`)
  }
}
