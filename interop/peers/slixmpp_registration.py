"""slixmpp makes an account in band, uses it, changes its password and removes it (XEP-0077)."""

import slixmpp
from slixmpp.exceptions import IqError

import steps
from slixmpp_session import Session, main

step, expect = steps.step, steps.expect
plugins = ["xep_0004", "xep_0066", "xep_0077"]


class Newcomer(Session):
    """Registers before it logs in; `answer` is the server's answer or its error."""

    def __init__(self, name, secret, resource="orchard"):
        super().__init__(name, plugins, secret=secret, resource=resource)
        # slixmpp 1.8.3 keeps every stanza back until the session starts, its own registration too.
        self._always_send_everything = True
        self.answer = None
        self.fields = set()
        self.add_event_handler("register", self.register)

    async def register(self, form):
        self.fields = set(form["register"]["fields"])
        iq = self.Iq()
        iq["type"] = "set"
        iq["register"]["username"] = self.boundjid.user
        iq["register"]["password"] = self.password
        try:
            self.answer = (await iq.send(timeout=steps.patience))["type"]
        except IqError as error:
            self.answer = error.condition


async def script():
    with step("registers and logs in on the same stream"):
        mercutio = Newcomer("mercutio", "a plague")
        await mercutio.login()
        expect((mercutio.answer, mercutio.fields), ("result", {"username", "password"}))
    with step("hears of a conflict"):
        impostor = Newcomer("mercutio", "a plague", resource="tomb")
        await impostor.login()
        expect(impostor.answer, "conflict")
        await impostor.logout()
    with step("changes its password"):
        server = slixmpp.JID(steps.domain)
        await mercutio["xep_0077"].change_password("on both your houses", jid=server, timeout=steps.patience)
        await mercutio.logout()
        again = Session("mercutio", plugins, secret="on both your houses")
        await again.login()
    with step("removes its account"):
        again.collect("disconnected")
        try:
            await again["xep_0077"].cancel_registration(jid=server, timeout=steps.patience)
        except IqError as error:
            raise AssertionError(error.condition) from error
        await again.next("disconnected")
    with step("cannot log in to the removed account"):
        ghost = Session("mercutio", secret="on both your houses")
        try:
            await ghost.login()
        except PermissionError:
            pass
        else:
            raise AssertionError("it was let in")


main(script)
