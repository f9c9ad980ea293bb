// A thing that its owner may read: node examples/thing.ts <jid> <password> <owner> [certificate.pem] [port]
import { freemem, loadavg, totalmem } from 'node:os'
import { connect } from '@waxwing/client-node'
import { quantity, thing } from '@waxwing/things'

const [jid = '', password = '', owner = '', trust, port] = process.argv.slice(2)
const client = await connect({ jid, password, tls: { trust }, port: Number(port) || undefined })
client.roster.onRequest(request => (request.jid === owner ? request.accept() : request.decline()))
thing(client, {
  fields: {
    'Memory in use': quantity('%', { precision: 1, read: () => 100 * (1 - freemem() / totalmem()) }),
    Load: quantity('', { precision: 2, read: () => loadavg()[0] }),
  },
})
console.log(`${client.jid} can be read by ${owner}`)
