// From the box to an owner, and on to the next one: node examples/journeys/own.ts [<lamp> <password> <ann> <password> <bob> <password>]
import { bool, claim, describeThing, disown, owned, search, thing } from '@waxwing/things'
import { stage } from './stage.ts'

await using here = await stage('lamp', 'ann', 'bob')
const { lamp, ann, bob } = here.clients

// The lamp enters itself in the registry of its server, with a key that only its label tells.
let label = Promise.withResolvers<string>()
let owner = Promise.withResolvers<string>()
let isOn = false
thing(lamp, {
  fields: { Output: bool({ read: () => isOn, write: value => void (isOn = value) }) },
  registry: 'auto',
  meta: { SN: '4711', MAN: 'example.org', MODEL: 'Lamp', V: 1.5 },
  onUnclaimed: link => label.resolve(link),
  onClaimed: claimed => owner.resolve(claimed.owner),
})
console.log(`The label says ${(await label.promise).replace(/KEY=\w+/, 'KEY=…')}`)

// Ann scans it. What she adds is found by everybody, for she claims it publicly; without `isPublic` nobody finds it.
const { jid } = await claim(ann, await label.promise, { isPublic: true })
await describeThing(ann, jid, { ROOM: 'Hall' })
console.log(`${await owner.promise} owns ${jid}`)
for await (const { meta } of search(bob, { ROOM: 'Hall', V: { min: 1, below: 2 } }))
  console.log(`In the hall there is a ${meta['MODEL']} of ${meta['MAN']}`)

// The key was of use once: whoever has a photograph of the label gets nothing.
const photograph = await label.promise
await claim(bob, photograph).catch((error: Error) => console.log(`Bob gets nothing by it: ${error.message}`))

// Ann gives the lamp away. It is asked first, and makes a new key: with the old one nobody could claim it any more.
label = Promise.withResolvers()
owner = Promise.withResolvers()
await disown(ann, jid)
await claim(bob, await label.promise)
console.log(`${await owner.promise} owns ${jid}`)
for await (const mine of owned(bob)) console.log(`Bob has ${mine.jid}, number ${mine.meta['SN']}`)
