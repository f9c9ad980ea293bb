"""Two slixmpp clients on our server: everything a chat client does in its first days."""

import asyncio
from xml.etree import ElementTree

import slixmpp
from slixmpp.exceptions import IqError
from slixmpp.plugins import xep_0082
from slixmpp.plugins.xep_0048 import Bookmarks

import steps
from slixmpp_session import Session, main

plugins = [
    *("xep_0012", "xep_0030", "xep_0048", "xep_0049", "xep_0054", "xep_0092", "xep_0115"),
    *("xep_0191", "xep_0199", "xep_0202", "xep_0203"),
]
step, expect = steps.step, steps.expect
romeo_jid, juliet_jid = f"romeo@{steps.domain}", f"juliet@{steps.domain}"


async def logins():
    for mechanism in ("SCRAM-SHA-1-PLUS", "SCRAM-SHA-256-PLUS", "SCRAM-SHA-512-PLUS", "PLAIN"):
        with step(f"logs in with {mechanism}"):
            session = Session("romeo", sasl_mech=mechanism)
            await session.login()
            expect(session.mechanism, mechanism)
            await session.logout()
    with step("is refused when it says that no channel binding was offered"):
        await refused(Session("romeo", sasl_mech="SCRAM-SHA-256"))
    with step("logs in over direct TLS"):
        session = Session("romeo")
        await session.login(direct_tls=True)
        await session.logout()
    with step("is refused with a wrong password"):
        await refused(Session("romeo", secret="wrong", sasl_mech="SCRAM-SHA-256-PLUS"))


async def refused(session):
    try:
        await session.login()
    except PermissionError:
        session.abort()
    else:
        raise AssertionError("it was let in")


async def rosters(romeo, balcony):
    with step("gets an empty roster"):
        expect(list((await romeo.get_roster())["roster"]["items"]), [])
        await balcony.get_roster()
    with step("sets a roster item and hears the push in every session"):
        balcony.collect("roster_update")
        await romeo.update_roster(juliet_jid, name="Juliet", groups=["Capulets"])
        push = await balcony.next("roster_update")
        item = push["roster"]["items"][slixmpp.JID(juliet_jid)]
        expect((item["name"], item["subscription"], item["groups"]), ("Juliet", "none", ["Capulets"]))
    with step("gets the item back"):
        stranger = Session("romeo", plugins, resource="street")
        await stranger.login()
        items = (await stranger.get_roster())["roster"]["items"]
        expect(items[slixmpp.JID(juliet_jid)]["name"], "Juliet")
        await stranger.logout()
    with step("gets nothing when its version is current"):
        answer = (await romeo.get_roster())["roster"]
        expect((bool(answer["ver"]), answer["items"]), (False, {}))


async def subscriptions(romeo, juliet):
    romeo.collect("presence_subscribe", "presence_subscribed", "presence_unsubscribed", "got_online", "presence_dnd")
    juliet.collect("presence_subscribe", "presence_subscribed", "got_online", "got_offline")
    with step("subscribes and is approved"):
        romeo.send_presence(pto=juliet_jid, ptype="subscribe")
        request = await juliet.next("presence_subscribe")
        expect(request["from"].full, romeo_jid)
        juliet.send_presence(pto=romeo_jid, ptype="subscribed")
        await romeo.next("presence_subscribed")
    with step("sees the presence of the contact after approval"):
        online = await romeo.next("got_online", lambda p: p["from"].bare == juliet_jid)
        expect(online["from"].full, juliet.boundjid.full)
    with step("subscribes the other way"):
        juliet.send_presence(pto=romeo_jid, ptype="subscribe")
        await romeo.next("presence_subscribe")
        romeo.send_presence(pto=juliet_jid, ptype="subscribed")
        await juliet.next("presence_subscribed")
        await juliet.next("got_online", lambda p: p["from"].full == romeo.boundjid.full)
        expect(romeo.client_roster[juliet_jid]["subscription"], "both")
    with step("hears changed presence with show, status and priority"):
        juliet.send_presence(pshow="dnd", pstatus="At the ball", ppriority=3)
        changed = await romeo.next("presence_dnd")
        expect((changed["status"], changed["priority"]), ("At the ball", 3))


async def messages(romeo, juliet):
    romeo.collect("message", "message_error")
    juliet.collect("message", "message_error")
    with step("chats there"):
        romeo.send_message(mto=juliet_jid, mbody="Art thou not Romeo, <and> a Montague? \u2665", mtype="chat")
        said = await juliet.next("message")
        expect(said["body"], "Art thou not Romeo, <and> a Montague? \u2665")
        expect(said["from"].full, romeo.boundjid.full)
    with step("chats back"):
        said.reply("Neither, fair saint.").send()
        expect((await romeo.next("message"))["body"], "Neither, fair saint.")
    with step("learns that an unknown account takes no messages"):
        romeo.send_message(mto=f"nobody@{steps.domain}", mbody="Who is there?", mtype="chat")
        answer = await romeo.next("message_error")
        expect(answer["error"]["condition"], "service-unavailable")


async def offline_messages(romeo):
    with step("finds offline messages in order and stamped"):
        for line in ("one", "two", "three"):
            romeo.send_message(mto=f"nurse@{steps.domain}", mbody=line, mtype="chat")
        await romeo["xep_0199"].ping(steps.domain)
        nurse = Session("nurse", plugins)
        nurse.collect("message")
        await nurse.login()
        nurse.send_presence()
        for line in ("one", "two", "three"):
            found = await nurse.next("message")
            expect((found["body"], found["delay"]["from"].full), (line, steps.domain))
            expect(found["delay"]["stamp"].tzinfo is not None, True)
        await nurse.logout()


async def queries(romeo, juliet):
    with step("discovers the server"):
        info = (await romeo["xep_0030"].get_info(jid=steps.domain))["disco_info"]
        expect(any(identity[:2] == ("server", "im") for identity in info["identities"]), True)
        for feature in ("http://jabber.org/protocol/disco#info", "urn:xmpp:ping", "urn:xmpp:blocking", "vcard-temp"):
            expect(feature in info["features"], True)
    with step("discovers the items of the server"):
        await romeo["xep_0030"].get_items(jid=steps.domain)
    with step("discovers the account"):
        info = (await romeo["xep_0030"].get_info(jid=romeo_jid))["disco_info"]
        expect(any(identity[:2] == ("account", "registered") for identity in info["identities"]), True)
    with step("discovers another client"):
        info = (await romeo["xep_0030"].get_info(jid=juliet.boundjid.full))["disco_info"]
        expect("jabber:iq:version" in info["features"], True)
    with step("pings the server, the account and the other client"):
        for target in (steps.domain, romeo_jid, juliet.boundjid.full):
            await romeo["xep_0199"].send_ping(slixmpp.JID(target), timeout=steps.patience)
    with step("asks for the version of the server"):
        version = (await romeo["xep_0092"].get_version(slixmpp.JID(steps.domain)))["software_version"]
        expect((version["name"], bool(version["version"])), ("Waxwing", True))
    with step("asks for the time of the server"):
        answer = await romeo["xep_0202"].get_entity_time(slixmpp.JID(steps.domain))
        # slixmpp 1.8.3 cannot read the answer it defines: it adds a second Z and takes the offset for a date.
        time = answer.xml.find("{urn:xmpp:time}time")
        expect(xep_0082.parse(time.findtext("{urn:xmpp:time}utc")).tzinfo is not None, True)
        expect(time.findtext("{urn:xmpp:time}tzo") is not None, True)
    with step("asks for the uptime of the server and the idle time of a contact"):
        uptime = (await romeo["xep_0012"].get_last_activity(slixmpp.JID(steps.domain)))["last_activity"]["seconds"]
        idle = (await romeo["xep_0012"].get_last_activity(slixmpp.JID(juliet_jid)))["last_activity"]["seconds"]
        expect((0 <= uptime < 60, idle), (True, 0))


async def storage(romeo, juliet):
    with step("publishes a vCard and another reads it"):
        card = romeo["xep_0054"].make_vcard()
        card["FN"] = "Romeo Montague"
        card["NICKNAME"] = "Romeo"
        await romeo["xep_0054"].publish_vcard(card)
        found = (await juliet["xep_0054"].get_vcard(slixmpp.JID(romeo_jid), cached=False))["vcard_temp"]
        expect((found["FN"], found["NICKNAME"]), ("Romeo Montague", ["Romeo"]))
    with step("keeps private XML"):
        bookmarks = Bookmarks()
        bookmarks.add_conference(f"plays@conference.{steps.domain}", "romeo", name="The Play", autojoin=True)
        await romeo["xep_0049"].store(bookmarks)
        found = await romeo["xep_0049"].retrieve("bookmarks")
        places = found["private"]["bookmarks"]["conferences"]
        expect([(p["name"], p["nick"], p["autojoin"]) for p in places], [("The Play", "romeo", True)])


async def blocking(romeo, juliet):
    romeo.collect("blocked", "unblocked")
    with step("blocks a contact and hears the push"):
        await romeo["xep_0191"].get_blocked()
        await romeo["xep_0191"].block(slixmpp.JID(juliet_jid))
        await romeo.next("blocked")
        listed = (await romeo["xep_0191"].get_blocked())["blocklist"]["items"]
        expect([str(jid) for jid in listed], [juliet_jid])
    with step("the blocked contact sees an account that is away"):
        juliet.send_message(mto=romeo_jid, mbody="Wherefore?", mtype="chat")
        answer = await juliet.next("message_error")
        expect(answer["error"]["condition"], "service-unavailable")
    with step("unblocks the contact"):
        await romeo["xep_0191"].unblock(slixmpp.JID(juliet_jid))
        await romeo.next("unblocked")
        juliet.send_message(mto=romeo_jid, mbody="At last", mtype="chat")
        expect((await romeo.next("message", lambda m: m["body"] == "At last"))["type"], "chat")


async def farewell(romeo, juliet):
    with step("hears an unknown request refused"):
        iq = romeo.make_iq_get(ito=steps.domain)
        iq.append(ElementTree.Element("{urn:example:unheard-of}query"))
        try:
            await iq.send(timeout=steps.patience)
        except IqError as error:
            expect(error.condition, "service-unavailable")
        else:
            raise AssertionError("it was answered")
    with step("sees the other go"):
        await romeo.logout()
        gone = await juliet.next("got_offline", lambda p: p["from"].full == f"{romeo_jid}/orchard")
        expect(gone["type"], "unavailable")
    with step("removes the item"):
        juliet.collect("roster_update")
        await juliet.update_roster(romeo_jid, subscription="remove")
        push = await juliet.next("roster_update")
        expect(push["roster"]["items"][slixmpp.JID(romeo_jid)]["subscription"], "remove")


async def script():
    await logins()
    romeo, balcony, juliet = (
        Session("romeo", plugins),
        Session("romeo", plugins, resource="balcony"),
        Session("juliet", plugins),
    )
    await asyncio.gather(*(session.login() for session in (romeo, balcony, juliet)))
    await rosters(romeo, balcony)
    await juliet.get_roster()
    romeo.send_presence()
    juliet.send_presence()
    await subscriptions(romeo, juliet)
    await balcony.logout()
    await messages(romeo, juliet)
    await offline_messages(romeo)
    await queries(romeo, juliet)
    await storage(romeo, juliet)
    await blocking(romeo, juliet)
    await farewell(romeo, juliet)
    await juliet.logout()


main(script)
