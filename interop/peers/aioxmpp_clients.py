"""Two aioxmpp clients on our server; aioxmpp refuses whatever is not exactly as the specifications say."""

import asyncio

import aiosasl
import aioxmpp
import aioxmpp.dispatcher
import aioxmpp.private_xml
import aioxmpp.vcard
import aioxmpp.version
import aioxmpp.xso as xso

import steps

step, expect = steps.step, steps.expect
domain = aioxmpp.JID.fromstr(steps.domain)
balthasar_jid = domain.replace(localpart="balthasar")
rosaline_jid = domain.replace(localpart="rosaline")
services = [
    aioxmpp.BlockingClient,
    aioxmpp.DiscoClient,
    aioxmpp.DiscoServer,
    aioxmpp.EntityCapsService,
    aioxmpp.PresenceClient,
    aioxmpp.PingService,
    aioxmpp.RosterClient,
    aioxmpp.private_xml.PrivateXMLService,
    aioxmpp.vcard.VCardService,
    aioxmpp.version.VersionServer,
]


@aioxmpp.private_xml.Query.as_payload_class
@aioxmpp.IQ.as_payload_class
class Note(xso.XSO):
    """Something to keep in private XML."""

    TAG = ("urn:example:note", "note")
    text = xso.Text(default=None)


def trusting_context():
    context = aioxmpp.security_layer.default_ssl_context()
    context.load_verify_locations(steps.certificate)
    return context


def make_client(jid, secret=steps.password, direct_tls=False):
    layer = aioxmpp.make_security_layer(secret)._replace(ssl_context_factory=trusting_context)
    peer = (
        (steps.host, steps.direct_tls_port, aioxmpp.connector.XMPPOverTLSConnector())
        if direct_tls
        else (steps.host, steps.port, aioxmpp.connector.STARTTLSConnector())
    )
    client = aioxmpp.PresenceManagedClient(jid, layer, override_peer=[peer], max_initial_attempts=1)
    for service in services:
        client.summon(service)
    return client


def once(signal, accept=lambda *_: True):
    """A future for the next time the signal fires with arguments that are accepted."""
    future = asyncio.get_event_loop().create_future()

    def fired(*args, **_):
        if not future.done() and accept(*args):
            future.set_result(args)
        return future.done()

    signal.connect(fired)
    return asyncio.wait_for(future, steps.patience)


def incoming(client, accept=lambda _: True):
    """The next message that is accepted."""
    future = asyncio.get_event_loop().create_future()
    dispatcher = client.summon(aioxmpp.dispatcher.SimpleMessageDispatcher)

    def received(message):
        if not future.done() and accept(message):
            dispatcher.unregister_callback(None, None)
            future.set_result(message)

    dispatcher.register_callback(None, None, received)
    return asyncio.wait_for(future, steps.patience)


async def logins():
    with step("logs in over direct TLS"):
        client = make_client(balthasar_jid, direct_tls=True)
        async with client.connected():
            expect(client.local_jid.bare(), balthasar_jid)
    with step("is refused with a wrong password"):
        client = make_client(balthasar_jid, secret="wrong")
        try:
            async with client.connected():
                raise AssertionError("it was let in")
        except aiosasl.AuthenticationFailure:
            pass


async def subscriptions(balthasar, rosaline):
    mine, theirs = balthasar.summon(aioxmpp.RosterClient), rosaline.summon(aioxmpp.RosterClient)
    with step("sets a roster item and gets the push"):
        pushed = once(mine.on_entry_added)
        await mine.set_entry(rosaline_jid, name="Rosaline", add_to_groups={"Capulets"})
        (item,) = await pushed
        expect((item.jid, item.name, set(item.groups)), (rosaline_jid, "Rosaline", {"Capulets"}))
    with step("subscribes and is approved"):
        asked = once(theirs.on_subscribe, lambda stanza: stanza.from_ == balthasar_jid)
        granted = once(mine.on_subscribed)
        seen = once(balthasar.summon(aioxmpp.PresenceClient).on_available, lambda jid, _: jid.bare() == rosaline_jid)
        mine.subscribe(rosaline_jid)
        await asked
        theirs.approve(balthasar_jid)
        await granted
        (jid, _) = await seen
        expect(jid, rosaline.local_jid)
    with step("both rosters agree on the subscription"):
        expect((mine.items[rosaline_jid].subscription, theirs.items[balthasar_jid].subscription), ("to", "from"))


async def messages(balthasar, rosaline):
    with step("chats there and back"):
        arrived = incoming(rosaline)
        message = aioxmpp.Message(aioxmpp.MessageType.CHAT, to=rosaline_jid)
        message.body[aioxmpp.structs.LanguageTag.fromstr("en")] = "Thou wilt & \u201cwithal\u201d <seek> \U0001f3ad"
        await balthasar.send(message)
        found = await arrived
        expect((found.body.any(), found.from_), ("Thou wilt & \u201cwithal\u201d <seek> \U0001f3ad", balthasar.local_jid))
        answered = incoming(balthasar)
        reply = found.make_reply()
        reply.body[None] = "Nay"
        await rosaline.send(reply)
        expect((await answered).body.any(), "Nay")
    with step("hears of an unknown address"):
        answered = incoming(balthasar, lambda found: found.type_ == aioxmpp.MessageType.ERROR)
        lost = aioxmpp.Message(aioxmpp.MessageType.CHAT, to=domain.replace(localpart="nobody"))
        lost.body[None] = "Who is there?"
        await balthasar.send(lost)
        expect((await answered).error.condition, aioxmpp.ErrorCondition.SERVICE_UNAVAILABLE)


async def queries(balthasar, rosaline):
    disco = balthasar.summon(aioxmpp.DiscoClient)
    with step("discovers the server, the account and the other client"):
        server = await disco.query_info(domain)
        expect(any(found.category == "server" for found in server.identities), True)
        account = await disco.query_info(balthasar_jid)
        expect(any(found.category == "account" for found in account.identities), True)
        other = await disco.query_info(rosaline.local_jid)
        expect("http://jabber.org/protocol/disco#info" in other.features, True)
        await disco.query_items(domain)
    with step("pings the server and the other client"):
        for target in (domain, rosaline.local_jid):
            await aioxmpp.ping.ping(balthasar, target)
    with step("asks for the version of the server"):
        expect((await aioxmpp.version.query_version(balthasar.stream, domain)).name, "Waxwing")
    with step("keeps a vCard"):
        cards = balthasar.summon(aioxmpp.vcard.VCardService)
        card = await cards.get_vcard(None)
        await cards.set_vcard(card)
    with step("keeps private XML"):
        private = balthasar.summon(aioxmpp.private_xml.PrivateXMLService)
        note = Note()
        note.text = "a mantua letter"
        await private.set_private_xml(note)
        found = (await private.get_private_xml(Note())).registered_payload
        expect(found.text, "a mantua letter")
    with step("blocks and unblocks"):
        blocking = balthasar.summon(aioxmpp.BlockingClient)
        blocked = once(blocking.on_jids_blocked, lambda jids: rosaline_jid in jids)
        await blocking.block_jids([rosaline_jid])
        await blocked
        unblocked = once(blocking.on_jids_unblocked, lambda jids: rosaline_jid in jids)
        await blocking.unblock_jids([rosaline_jid])
        await unblocked
    with step("hears an unknown request refused"):
        try:
            await balthasar.send(aioxmpp.IQ(aioxmpp.IQType.GET, payload=Note(), to=domain))
        except aioxmpp.errors.XMPPCancelError as error:
            expect(error.condition, aioxmpp.ErrorCondition.SERVICE_UNAVAILABLE)


async def script():
    await logins()
    balthasar = make_client(balthasar_jid.replace(resource="horse"))
    rosaline = make_client(rosaline_jid.replace(resource="feast"))
    with step("logs in over STARTTLS"):
        first, second = balthasar.connected(), rosaline.connected()
        await first.__aenter__()
        await second.__aenter__()
    await subscriptions(balthasar, rosaline)
    await messages(balthasar, rosaline)
    await queries(balthasar, rosaline)
    with step("sees the other go"):
        gone = once(
            balthasar.summon(aioxmpp.PresenceClient).on_unavailable, lambda jid, _: jid == rosaline_jid.replace(resource="feast")
        )
        await second.__aexit__(None, None, None)
        await gone
    await first.__aexit__(None, None, None)


with step("the whole script"):
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    loop.run_until_complete(script())
steps.finish()
