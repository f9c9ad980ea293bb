"""Two people with several devices each, played by slixmpp: copies, the archive, receipts, and sessions that go on."""

import asyncio

import slixmpp

import steps
from slixmpp_session import Session, main

plugins = [
    *("xep_0030", "xep_0050", "xep_0059", "xep_0184", "xep_0198", "xep_0280", "xep_0297", "xep_0313"),
    *("xep_0333", "xep_0352", "xep_0359", "xep_0444", "xep_0441"),
]
step, expect = steps.step, steps.expect
romeo_jid, juliet_jid = f"romeo@{steps.domain}", f"juliet@{steps.domain}"


def has_body(text):
    return lambda message: message["body"] == text


async def carbons(romeo, balcony, juliet):
    with step("turns copies on"):
        await romeo["xep_0280"].enable()
        await balcony["xep_0280"].enable()
    balcony.collect("carbon_sent", "carbon_received")
    with step("gets a copy of what another device sent"):
        romeo.send_message(mto=juliet_jid, mbody="by my name", mtype="chat")
        copy = await balcony.next("carbon_sent")
        expect(copy["carbon_sent"]["body"], "by my name")
    with step("gets a copy of what another device got"):
        juliet.send_message(mto=romeo.boundjid, mbody="to the orchard", mtype="chat")
        copy = await balcony.next("carbon_received")
        expect(copy["carbon_received"]["body"], "to the orchard")


async def archive(romeo):
    with step("finds the conversation in the archive, page by page"):
        found = []
        async for result in romeo["xep_0313"].iterate(rsm={"max": 1}):
            found.append(result["mam_result"]["forwarded"]["stanza"]["body"])
        expect(found, ["by my name", "to the orchard"])
    with step("narrows the archive by address"):
        found = [r async for r in romeo["xep_0313"].iterate(with_jid=slixmpp.JID(f"nurse@{steps.domain}"))]
        expect(found, [])
    with step("asks from when to when the archive reaches"):
        metadata = await romeo["xep_0313"].get_archive_metadata()
        expect(bool(metadata["mam_metadata"]["start"]["id"]), True)
    with step("says what the archive shall keep"):
        answer = await romeo["xep_0441"].set_preferences(default="roster", always=[slixmpp.JID(juliet_jid)])
        expect(answer["mam_prefs"]["default"], "roster")
        await romeo["xep_0441"].set_preferences(default="always")


async def conversation(romeo, juliet):
    romeo.collect("receipt_received", "marker_displayed", "reactions")
    juliet.collect("message")
    with step("hears that a message was received"):
        message = romeo.make_message(mto=juliet.boundjid, mbody="did it arrive?", mtype="chat")
        message["id"] = "m-receipt"
        message["request_receipt"] = True
        message.send()
        receipt = await romeo.next("receipt_received")
        expect(receipt["receipt"], "m-receipt")
    with step("hears that a message was shown, and what somebody thinks of it"):
        juliet["xep_0333"].send_marker(romeo.boundjid, "m-receipt", "displayed")
        await romeo.next("marker_displayed")
        juliet["xep_0444"].send_reactions(romeo.boundjid, "m-receipt", {"👍"})
        reactions = await romeo.next("reactions")
        expect(reactions["reactions"]["values"], {"👍"})


async def states(romeo, juliet):
    with step("says that nobody looks, and gets what was held back"):
        juliet["xep_0352"].send_inactive()
        juliet.collect("message")
        romeo.send_message(mto=juliet.boundjid, mbody="while you were away", mtype="chat")
        await juliet.next("message", has_body("while you were away"))
        juliet["xep_0352"].send_active()


async def resumption(romeo, juliet):
    with step("is told what the server has handled"):
        romeo.collect("stanza_acked")
        romeo.send_message(mto=juliet_jid, mbody="one for the count", mtype="chat")
        await juliet.next("message", has_body("one for the count"))
        romeo["xep_0198"].request_ack()
        acked = await romeo.next("stanza_acked", lambda stanza: stanza["body"] == "one for the count")
        expect(acked["to"].bare, juliet_jid)
    with step("goes on after its connection broke, and gets what came meanwhile"):
        juliet.collect("session_resumed", "message")
        juliet.transport.abort()
        romeo.send_message(mto=juliet_jid, mbody="while it was cut", mtype="chat")
        await juliet.next("session_resumed")
        await juliet.next("message", has_body("while it was cut"))
    with step("sends again what was not acknowledged, and it arrives once"):
        romeo.collect("message", "session_resumed")
        juliet.collect("session_resumed")
        juliet.send_message(mto=romeo.boundjid, mbody="before the cut", mtype="chat")
        juliet.transport.abort()
        await juliet.next("session_resumed")
        juliet.send_message(mto=romeo.boundjid, mbody="after the cut", mtype="chat")
        await romeo.next("message", has_body("after the cut"))
        found = [r["mam_result"]["forwarded"]["stanza"]["body"] async for r in romeo["xep_0313"].iterate()]
        expect(found.count("before the cut") <= 1, True)


async def reconnecting(session):
    session.add_event_handler("disconnected", lambda _: session.connect((steps.host, steps.port)))


async def script():
    romeo, balcony, juliet = (
        Session("romeo", plugins),
        Session("romeo", plugins, resource="balcony"),
        Session("juliet", plugins),
    )
    for session in (romeo, balcony, juliet):
        session.collect("sm_enabled")
    with step("turns stream management on by itself"):
        await asyncio.gather(*(session.login() for session in (romeo, balcony, juliet)))
        for session in (romeo, balcony, juliet):
            await session.next("sm_enabled")
    for session in (romeo, balcony, juliet):
        session.send_presence()
    await carbons(romeo, balcony, juliet)
    await archive(romeo)
    await conversation(romeo, juliet)
    await states(romeo, juliet)
    await reconnecting(juliet)
    await resumption(romeo, juliet)


main(script)
