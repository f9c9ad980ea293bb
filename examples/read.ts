// Reads a thing: node examples/read.ts <jid> <password> <thing> [certificate.pem] [port]
import { connect } from '@waxwing/client-node'
import { read } from '@waxwing/things'

const [jid = '', password = '', address = '', trust, port] = process.argv.slice(2)
await using client = await connect({ jid, password, tls: { trust }, port: Number(port) || undefined })
await client.roster.request(address) // needed once: who may see a thing may read it
for await (const field of read(client, address))
  if (field.kind === 'quantity') console.log(`${field.name}: ${field.text} ${field.unit ?? ''}`)
