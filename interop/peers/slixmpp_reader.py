"""A slixmpp client that reads a thing of ours, named in PEER_THING, with XEP-0323; tells each field in a line."""

import asyncio
import os

import slixmpp

import steps
from slixmpp_session import Session, main

step, expect = steps.step, steps.expect
thing = os.environ["PEER_THING"]


class Readout:
    """Collects what `request_data` tells until it is through."""

    def __init__(self, reader, fields=None, flags=None):
        self.reader = reader
        self.results = []
        self.fields = {}
        self.over = asyncio.get_event_loop().create_future()
        self.session = reader["xep_0323"].request_data(
            reader.boundjid.full, thing, self.told, fields=fields, flags=flags or {}
        )

    def told(self, from_jid, result, nodeId=None, timestamp=None, fields=None, error_msg=None):
        self.results.append(result)
        for field in fields or []:
            self.fields.setdefault(field["name"], []).append((field, timestamp, nodeId))
        if result in ("done", "rejected", "cancelled", "failure") and not self.over.done():
            self.over.set_result(error_msg)

    async def end(self):
        await asyncio.wait_for(self.over, steps.patience)
        return self


async def script():
    reader = Session("reader", ["xep_0030"], resource="dashboard")
    reader.register_plugin("xep_0323", {"threaded": False})
    await reader.login()
    await reader.get_roster()
    reader.send_presence()
    with step("is let in by the thing"):
        reader.collect("presence_subscribed", "got_online")
        reader.send_presence(pto=slixmpp.JID(thing).bare, ptype="subscribe")
        await reader.next("presence_subscribed")
        await reader.next("got_online", lambda presence: presence["from"].full == thing)
    with step("sees that the thing has sensor data"):
        info = (await reader["xep_0030"].get_info(jid=thing))["disco_info"]
        expect("urn:xmpp:iot:sensordata" in info["features"], True)
    with step("reads all momentary fields"):
        readout = await Readout(reader, flags={"momentary": "true"}).end()
        expect((readout.results[0], readout.results[-1]), ("accepted", "done"))
        expect(
            {name: (told[0][0]["typename"], told[0][0]["value"]) for name, told in readout.fields.items()},
            {
                "Temperature": ("numeric", "23.4"),
                "load level": ("numeric", "75"),
                "Door open": ("boolean", "false"),
                "State": ("enum", "idle"),
                "Name": ("string", "Meter <1> & more"),
            },
        )
        temperature, timestamp, _ = readout.fields["Temperature"][0]
        expect((temperature["unit"], temperature["flags"]["momentary"]), ("°C", "true"))
        expect(readout.fields["State"][0][0]["dataType"], "States")
        expect("T" in timestamp, True)
    with step("reads one field by its name"):
        readout = await Readout(reader, fields=["Temperature"], flags={"momentary": "true"}).end()
        expect(list(readout.fields), ["Temperature"])
    with step("reads the past"):
        flags = {"historicalHour": "true", "from": "2013-03-07T13:30:00", "to": "2013-03-07T15:00:00"}
        readout = await Readout(reader, fields=["Temperature"], flags=flags).end()
        found = sorted((timestamp, field["value"]) for field, timestamp, _ in readout.fields["Temperature"])
        expect([value for _, value in found], ["21.5", "22.6"])
    with step("cancels a readout that takes long"):
        readout = Readout(reader, fields=["Slow"], flags={"computed": "true"})
        while "accepted" not in readout.results:
            await asyncio.sleep(0.01)
        reader["xep_0323"].cancel_request(readout.session)
        await readout.end()
        expect(readout.results, ["accepted", "cancelled"])


main(script)
