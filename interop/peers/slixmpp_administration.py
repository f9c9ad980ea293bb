"""slixmpp administers our server with ad-hoc commands (XEP-0050, XEP-0133), and invites (XEP-0401)."""

import slixmpp
from slixmpp.exceptions import IqError

import steps
from slixmpp_session import Session, main

step, expect = steps.step, steps.expect
plugins = ["xep_0004", "xep_0030", "xep_0050", "xep_0133"]
admin = "http://jabber.org/protocol/admin"
server = slixmpp.JID(steps.domain)


async def begin(session, node):
    answer = await session["xep_0050"].send_command(server, node, timeout=steps.patience)
    return answer["command"]


async def submit(session, node, **values):
    command = await begin(session, node)
    expect(command["status"], "executing")
    form = session["xep_0004"].make_form(ftype="submit")
    for name, value in values.items():
        form.add_field(var=name.replace("_", "-"), value=value)
    answer = await session["xep_0050"].send_command(
        server, node, action="complete", payload=form.xml, sessionid=command["sessionid"], timeout=steps.patience
    )
    expect(answer["command"]["status"], "completed")
    return answer["command"]["form"]["values"]


async def script():
    romeo, juliet = Session("romeo", plugins), Session("juliet", plugins)
    await romeo.login()
    await juliet.login()
    with step("finds the commands"):
        found = await romeo["xep_0133"].get_commands(server, timeout=steps.patience)
        nodes = {node for _, node, _ in found["disco_items"]["items"]}
        for wanted in ("add-user", "announce", "get-online-users-num"):
            expect(f"{admin}#{wanted}" in nodes, True)
    with step("adds a user who logs in"):
        await submit(
            romeo, f"{admin}#add-user", accountjid=f"nurse@{steps.domain}", password="Peter", password_verify="Peter"
        )
        nurse = Session("nurse", secret="Peter")
        await nurse.login()
        await nurse.logout()
    with step("counts who is online"):
        command = await begin(romeo, f"{admin}#get-online-users-num")
        expect(command["form"]["values"]["onlineusersnum"], "2")
    with step("disables a user, who is thrown out and cannot come back"):
        juliet.collect("disconnected")
        await submit(romeo, f"{admin}#disable-user", accountjids=[f"juliet@{steps.domain}"])
        await juliet.next("disconnected")
        try:
            await Session("juliet", sasl_mech="PLAIN").login()
        except PermissionError as error:
            expect(str(error), "account-disabled")
        else:
            raise AssertionError("she was let in")
    with step("gets an invitation"):
        command = await begin(romeo, "urn:xmpp:invite#invite")
        expect(command["form"]["values"]["uri"].startswith(f"xmpp:romeo@{steps.domain}?roster;preauth="), True)
    with step("is refused what only administrators may"):
        other = Session("tybalt", plugins)
        await other.login()
        try:
            await begin(other, f"{admin}#delete-user")
        except IqError as error:
            expect(error.condition, "forbidden")
        else:
            raise AssertionError("he was let do it")


main(script)
